//! Many commands of one kind in one request: each line is the body of one, with the id of what it is about.

use std::sync::Arc;

use schemars::JsonSchema;
use schemas::IfMatch;
use serde::Serialize;
use serde_json::Value;

use crate::{Accepted, Code, Command, Delivery, MAX_BODY_BYTES, Problem, WithTarget, carry_out, read_json};

/// How many lines one import may have.
pub const MAX_IMPORT_LINES: usize = 10_000;

/// How many bytes one import may have: 1,600 a line.
pub const MAX_IMPORT_BYTES: usize = 16 * 1_000_000;

/// An import: the name and the words of an operation that is another one for each line.
pub trait Import: 'static {
    /// The command of each line, which registers something or replaces what is known of it.
    type Of: Command;
    /// Its name everywhere, such as `ImportLeads`.
    const NAME: &'static str;
    /// What it does, as a sentence for people.
    const SUMMARY: &'static str;
}

/// What came of a line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImportedLine {
    /// Its number, counted from 1.
    pub line: usize,
    /// What it is about; null if the line does not say so in a form that can be read.
    pub id: Option<String>,
    /// What came of it.
    pub outcome: ImportOutcome,
    /// Why it was refused, as a problem document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Value>,
}

/// What came of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// There was nothing of this id.
    Created,
    /// It is otherwise than before.
    Changed,
    /// It was as the line says.
    Unchanged,
    /// Nothing was done.
    Refused,
}

impl ImportedLine {
    /// A line that was not carried out.
    pub fn refused(line: usize, id: Option<String>, problem: &Problem) -> Self {
        Self { line, id, outcome: ImportOutcome::Refused, problem: Some(problem.to_json()) }
    }
}

/// The refusal of all that comes after the last line that an import may have.
pub fn too_many_lines() -> Problem {
    Problem::new(
        Code::PayloadTooLarge,
        format!(
            "An import may have at most {MAX_IMPORT_LINES} lines and {MAX_IMPORT_BYTES} bytes; what came before this line \
             was done. Send the rest as another import."
        ),
    )
    .with("max_lines", MAX_IMPORT_LINES)
    .with("max_bytes", MAX_IMPORT_BYTES)
}

/// Carries out one line. `delivery` is that of the line: with a key of its own, if the import has one.
pub async fn import_line<C: Command>(
    api: &Arc<C::Api>,
    delivery: Delivery,
    line: usize,
    text: &[u8],
) -> ImportedLine {
    let read = read_line::<C>(text);
    let (id, target, request) = match read {
        Ok(read) => read,
        Err(problem) => return ImportedLine::refused(line, None, &problem),
    };
    match imported::<C>(api, delivery, target, request).await {
        Ok(outcome) => ImportedLine { line, id, outcome, problem: None },
        Err(problem) => ImportedLine::refused(line, id, &problem),
    }
}

type Read<C> = (Option<String>, <C as crate::Operation>::Target, <C as crate::Operation>::Request);

fn read_line<C: Command>(text: &[u8]) -> Result<Read<C>, Problem> {
    if text.len() > MAX_BODY_BYTES {
        return Err(Problem::too_large(MAX_BODY_BYTES));
    }
    let read: WithTarget<C::Target, C::Request> = read_json(text)?;
    let target = read.target()?;
    Ok((id(&target), target, read.request))
}

/// The one id of a target.
fn id(target: &impl Serialize) -> Option<String> {
    let target = serde_json::to_value(target).ok()?;
    target.as_object()?.values().find_map(|id| id.as_str().map(str::to_owned))
}

/// Creates it first; what is there already is replaced then, and has changed if its version has.
async fn imported<C: Command>(
    api: &Arc<C::Api>,
    delivery: Delivery,
    target: C::Target,
    request: C::Request,
) -> Result<ImportOutcome, Problem> {
    let create = Delivery { if_none_match: Some(IfMatch::Any), ..delivery.clone() };
    let known = match carry_out::<C>(api, create, target.clone(), request.clone()).await {
        // The first answer of a keyed line, whatever it was.
        Ok(Accepted { version, repeated: true, .. }) if version > 1 => return Ok(ImportOutcome::Changed),
        Ok(_) => return Ok(ImportOutcome::Created),
        Err(problem) if problem.code() == Code::StaleVersion => problem,
        Err(problem) => return Err(problem),
    };
    let before = known.member("current_version").and_then(Value::as_u64);
    let accepted = carry_out::<C>(api, delivery, target, request).await?;
    let is_the_same = before == Some(accepted.version);
    Ok(if is_the_same { ImportOutcome::Unchanged } else { ImportOutcome::Changed })
}
