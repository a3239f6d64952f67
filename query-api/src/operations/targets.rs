//! The targets of queries, as their paths name them.

use schemars::JsonSchema;
use schemas::{AgentId, AppointmentId, LeadId};
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

/// A lead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfLead {
    pub(crate) lead_id: LeadId,
}
