//! The names of the event streams, which are fixed.

use chrono::NaiveDate;

use crate::{AgentId, LeadId, MoveId};

/// The stream of the office: zone, types, office-wide rules and blocks, policies.
pub const OFFICE: &str = "office";

/// The prefix of every agent's stream name.
pub const AGENT_PREFIX: &str = "agent-";

/// The stream that holds every decision about one agent's calendar.
pub fn agent(agent_id: &AgentId) -> String {
    format!("{AGENT_PREFIX}{agent_id}")
}

/// The prefix of every bulk move's stream name.
pub const MOVE_PREFIX: &str = "move-";

/// The stream of a bulk move: its plan and the outcome of each visit.
pub fn bulk_move(move_id: MoveId) -> String {
    format!("{MOVE_PREFIX}{move_id}")
}

/// The bulk move whose stream this is, if it is one's.
pub fn move_of(stream: &str) -> Option<MoveId> {
    stream.strip_prefix(MOVE_PREFIX).and_then(|id| id.parse().ok())
}

/// The prefix of every lead's stream name.
pub const LEAD_PREFIX: &str = "lead-";

/// The stream of a lead: how to reach it, and what it has agreed to.
pub fn lead(lead_id: &LeadId) -> String {
    format!("{LEAD_PREFIX}{lead_id}")
}

/// The lead whose stream this is, if it is a lead's.
pub fn lead_of(stream: &str) -> Option<LeadId> {
    stream.strip_prefix(LEAD_PREFIX).and_then(|id| LeadId::parse(id).ok())
}

/// The stream of a day's claims: processes agree in it on the agents of commands that name none.
pub fn claimed(day: NaiveDate) -> String {
    format!("claimed-{day}")
}

/// The agent whose stream this is, if it is an agent's.
pub fn agent_of(stream: &str) -> Option<AgentId> {
    stream.strip_prefix(AGENT_PREFIX).and_then(|id| AgentId::parse(id).ok())
}
