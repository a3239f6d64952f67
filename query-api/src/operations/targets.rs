//! The targets of queries, as their paths name them.

use schemars::JsonSchema;
use schemas::{AgentId, AppointmentId, BlockId, HoldId, LeadId, MoveId};
use serde::{Deserialize, Serialize};

/// An agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfAgent {
    pub(crate) agent_id: AgentId,
}

/// An appointment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfAppointment {
    pub(crate) appointment_id: AppointmentId,
}

/// One block of an agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfBlock {
    pub(crate) agent_id: AgentId,
    pub(crate) block_id: BlockId,
}

/// One block of the office.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfOfficeBlock {
    pub(crate) block_id: BlockId,
}

/// A hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfHold {
    pub(crate) hold_id: HoldId,
}

/// A bulk move.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfMove {
    pub(crate) move_id: MoveId,
}

/// A lead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfLead {
    pub(crate) lead_id: LeadId,
}
