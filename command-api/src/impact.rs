//! What a change would do to appointments, as the answer of its dry run tells it.

use availability::Conflict;
use schemars::JsonSchema;
use schemas::AgentId;
use serde::{Deserialize, Serialize};

/// How many appointments the answer of an office-wide change lists.
const MAX_LISTED: usize = 200;

/// The appointments to come that would newly stand against the rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Impact {
    /// Earliest first, each with every rule that would newly speak against it. Only in the answer of a dry run.
    pub(crate) conflicts: Vec<ForeseenConflict>,
    /// Whether there are more, or may be: of an office-wide change, so many are looked at and the first 200 are listed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) more_conflicts: bool,
}

/// An appointment that would stand against the rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ForeseenConflict {
    /// The agent whose calendar it is in.
    pub(crate) agent_id: AgentId,
    #[serde(flatten)]
    pub(crate) conflict: Conflict,
}

/// The answer of a command, and in that of a dry run its impact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Foreseen<A> {
    #[serde(flatten)]
    pub(crate) answer: A,
    #[serde(flatten)]
    pub(crate) impact: Option<Impact>,
}

impl Impact {
    /// Of the conflicts found, the first; `looked_at_all` is whether no other appointment could be one.
    pub(crate) fn of(mut conflicts: Vec<ForeseenConflict>, looked_at_all: bool) -> Self {
        conflicts.sort_by_key(|one| (one.conflict.interval.start, one.conflict.appointment_id));
        let more_conflicts = conflicts.len() > MAX_LISTED || !looked_at_all;
        conflicts.truncate(MAX_LISTED);
        Self { conflicts, more_conflicts }
    }
}
