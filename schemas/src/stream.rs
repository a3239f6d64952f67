//! The names of the event streams, which are fixed.

use crate::{AgentId, CommandId};

/// The stream of the office: zone, types, office-wide rules and blocks, policies.
pub const OFFICE: &str = "office";

/// The prefix of every agent's stream name.
pub const AGENT_PREFIX: &str = "agent-";

/// The stream that holds every decision about one agent's calendar.
pub fn agent(agent_id: &AgentId) -> String {
    format!("{AGENT_PREFIX}{agent_id}")
}

/// The stream of one booking that names no agent: processes agree in it on the order in which agents are tried.
pub fn assignment(command_id: CommandId) -> String {
    format!("assignment-{command_id}")
}

/// The agent whose stream this is, if it is an agent's.
pub fn agent_of(stream: &str) -> Option<AgentId> {
    stream.strip_prefix(AGENT_PREFIX).and_then(|id| AgentId::parse(id).ok())
}
