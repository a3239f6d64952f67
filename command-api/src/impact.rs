//! What a change would do to appointments, as the answer of its dry run tells it.

use availability::{Conflict, TimeText};
use schemars::JsonSchema;
use schemas::AgentId;
use serde::{Deserialize, Serialize};

use crate::directory::Against;
use crate::placement::Placement;

/// How many appointments the answer lists.
const MAX_LISTED: usize = 200;

/// The appointments to come that would newly stand against the rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Impact {
    /// Earliest first, each with every rule that would newly speak against it, and where it could go. Only in the answer
    /// of a dry run.
    pub(crate) conflicts: Vec<ForeseenConflict>,
    /// Whether there are more, or may be: the first 200 are listed, and of all agents' appointments so many are looked at.
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
    /// Its time in the office's zone.
    #[serde(flatten)]
    pub(crate) time: TimeText,
    #[serde(flatten)]
    pub(crate) placement: Placement,
}

/// The answer of a command, and in that of a dry run its impact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Foreseen<A> {
    #[serde(flatten)]
    pub(crate) answer: A,
    #[serde(flatten)]
    pub(crate) impact: Option<Impact>,
}

/// Of the conflicts found, the first, earliest first, and whether there are more.
pub(crate) fn listed(mut found: Against) -> (Against, bool) {
    found.sort_by_key(|(_, conflict)| (conflict.interval.start, conflict.appointment_id));
    let are_more = found.len() > MAX_LISTED;
    found.truncate(MAX_LISTED);
    (found, are_more)
}
