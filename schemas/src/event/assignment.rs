//! The events of a booking that names no agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AgentId;

super::event_enum! {
    /// The events of a booking that names no agent, before an agent takes it.
    AssignmentEvent {
        AgentsProposed = 1,
    }
}

/// The order was fixed in which agents are tried for a booking that names none.
///
/// Every process that carries out the same request tries them in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentsProposed {
    /// The agents, the first to be tried first.
    pub agent_ids: Vec<AgentId>,
}
