//! The agents who may show a property: where each works, by name.

use schemas::AgentId;

/// An agent, and where the agent works.
#[derive(Debug, Clone, Copy)]
pub struct ShowingAgent<'a> {
    /// The agent.
    pub agent_id: &'a AgentId,
    /// The agent's comunas and regions; empty = everywhere.
    pub places: &'a [String],
}

/// Whether two names of a place are the same, in small letters or capitals.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|name| name.trim().chars().flat_map(char::to_lowercase));
    one.eq(other)
}
