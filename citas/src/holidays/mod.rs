//! Public holidays: the list that this release has, and `citas holidays import`, which brings the office another one.

mod changes;
mod client;
mod list;

use std::io::{IsTerminal as _, Write, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use service::Secret;

use crate::secrets::{ADMIN_TOKEN_FILE, given_admin_token};

use changes::{Change, KnownBlock, changes};
use client::Client;

pub(crate) use list::{Holiday, chile};

/// What to do about public holidays.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Holidays {
    /// Make the office's holidays those of a list: whole days, each with its law and the version of the list.
    ///
    /// The list is a JSON array of `{"date", "name", "regions"?, "rule", "version"}`. What the office has already is left
    /// as it is, so that a second import changes nothing; what the list no longer has is removed, in the years of the list
    /// alone. Blocks without a law, which people have made, are never touched.
    Import(Import),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Import {
    /// The list.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The address of a process or gateway of this network.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "ADDRESS")]
    url: String,
    /// The folder that has the admin token, unless `CITAS_ADMIN_TOKEN` has it.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    data: PathBuf,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Remove what the list no longer has without asking.
    #[arg(long)]
    yes: bool,
}

impl Holidays {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Self::Import(import) = self;
        import.run()
    }
}

impl Import {
    fn run(self) -> Result<ExitCode> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{} cannot be read", self.file.display()))?;
        let holidays = list::parse(&text).with_context(|| format!("{}", self.file.display()))?;
        let client = Client::new(&self.url, self.token()?)?;
        let version = client.send("GET", "/v1/office", None, None)?["version"].as_u64();
        let mut version = version.context("the office has no version")?;
        let changes = changes(&holidays, &known_blocks(&client)?);
        let unchanged =
            holidays.len() - changes.iter().filter(|one| !matches!(one, Change::Remove(..))).count();
        let mut out = stdout().lock();
        if !self.dry_run && !self.yes && !may_remove(&mut out, &changes)? {
            writeln!(out, "nothing was changed")?;
            return Ok(ExitCode::FAILURE);
        }
        for change in &changes {
            // Only the office as it was read is changed: another change meanwhile is noticed, and so is a second import.
            if !self.dry_run {
                version = carry_out(&client, change, version)
                    .with_context(|| format!("stopped at: {}; run it again", told(change, false)))?;
            }
            writeln!(out, "{}", told(change, self.dry_run))?;
        }
        let done = if self.dry_run { "to change" } else { "changed" };
        writeln!(out, "{} {done}, {unchanged} as they were", changes.len())?;
        Ok(ExitCode::SUCCESS)
    }

    fn token(&self) -> Result<String> {
        let token = match given_admin_token()? {
            Some(token) => token,
            None => Secret::read(&self.data.join(ADMIN_TOKEN_FILE))
                .context("there is no admin token: name the data folder, or set CITAS_ADMIN_TOKEN")?,
        };
        Ok(token.reveal_strong("admin token")?.to_owned())
    }
}

fn known_blocks(client: &Client) -> Result<Vec<KnownBlock>> {
    let mut known = Vec::new();
    let mut path = "/v1/office/blocks?limit=200".to_owned();
    loop {
        let mut page = client.send("GET", &path, None, None)?;
        let items: Vec<KnownBlock> = serde_json::from_value(page["items"].take())?;
        known.extend(items);
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/office/blocks?limit=200&cursor={cursor}"),
            None => return Ok(known),
        }
    }
}

/// Returns the office's version afterwards.
fn carry_out(client: &Client, change: &Change, version: u64) -> Result<u64> {
    let block = |id: &str| format!("/v1/office/blocks/{id}");
    let answer = match change {
        Change::Add(holiday) => client.send("POST", "/v1/office/blocks", Some(version), Some(&body(holiday))),
        Change::Replace(id, holiday) => client.send("PUT", &block(id), Some(version), Some(&body(holiday))),
        Change::Remove(id, _) => client.send("DELETE", &block(id), Some(version), None),
    };
    answer?["version"].as_u64().context("the answer has no version")
}

fn body(holiday: &Holiday) -> Value {
    json!({
        "date": holiday.date,
        "reason": holiday.name,
        "regions": holiday.regions,
        "source": {"rule": holiday.rule, "version": holiday.version},
    })
}

/// Says what would be removed, and asks whether that is meant. Where nobody can answer, it is not.
fn may_remove(out: &mut impl Write, changes: &[Change]) -> Result<bool> {
    let removed: Vec<_> = changes.iter().filter(|change| matches!(change, Change::Remove(..))).collect();
    if removed.is_empty() {
        return Ok(true);
    }
    for change in &removed {
        writeln!(out, "{}", told(change, true))?;
    }
    if !stdin().is_terminal() {
        bail!("{} holidays would be removed: run it with --yes if that is meant", removed.len());
    }
    write!(out, "Remove {}? [y/N] ", removed.len())?;
    out.flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "s" | "S" | "sí" | "si"))
}

/// What was done, or would be.
fn told(change: &Change, would: bool) -> String {
    let (what, holiday) = match change {
        Change::Add(holiday) => (if would { "would add" } else { "added" }, holiday),
        Change::Replace(_, holiday) => (if would { "would replace" } else { "replaced" }, holiday),
        Change::Remove(_, holiday) => (if would { "would remove" } else { "removed" }, holiday),
    };
    let places = if holiday.regions.is_empty() { String::new() } else { holiday.regions.join(", ") + ": " };
    format!("{what} {} {places}{} ({})", holiday.date, holiday.name, holiday.rule)
}
