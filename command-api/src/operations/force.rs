//! Rules that are passed over on purpose, and who may do so.

use operation::{Code, CommandCall, Problem};
use schemas::ActorKind;
use schemas::value::ForcedRule;

/// The rules to pass over, each once and in their order. Only administrators may name any.
pub(super) fn rules_to_force(
    call: &CommandCall,
    named: Option<&[ForcedRule]>,
) -> Result<Vec<ForcedRule>, Problem> {
    let mut rules = named.unwrap_or_default().to_vec();
    if !rules.is_empty() && call.delivery.actor.kind != ActorKind::Admin {
        return Err(Problem::new(Code::Forbidden, "force is for administrators: leave it out"));
    }
    rules.sort_unstable();
    rules.dedup();
    Ok(rules)
}
