use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AgentId;

super::event_enum! {
    /// What can have happened to a booking that names no agent, before one of them takes it.
    AssignmentEvent {
        AgentsProposed = 1,
    }
}

/// The order was settled in which agents are asked to take a booking that names none.
///
/// Whoever carries out the same request asks them in this order, in whichever process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentsProposed {
    /// The first to be asked first.
    pub agent_ids: Vec<AgentId>,
}
