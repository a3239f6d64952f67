//! The targets of commands: the ids in their paths.

use schemars::JsonSchema;
use schemas::value::ConsentPurpose;
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, BlockId, HoldId, LeadId, MoveId, RuleId};
use serde::{Deserialize, Serialize};

use crate::time_problems::Date;

/// An agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfAgent {
    pub(crate) agent_id: AgentId,
}

/// One rule of an agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfRule {
    pub(crate) agent_id: AgentId,
    pub(crate) rule_id: RuleId,
}

/// One date of an agent, within the supported range.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfDate {
    pub(crate) agent_id: AgentId,
    pub(crate) date: Date,
}

/// Any date of an agent, so that exceptions outside the supported range can be removed too.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfAnyDate {
    pub(crate) agent_id: AgentId,
    pub(crate) date: chrono::NaiveDate,
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

/// One occurrence of a block of an agent, by the date on which it begins by the recurrence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfOccurrence {
    pub(crate) agent_id: AgentId,
    pub(crate) block_id: BlockId,
    pub(crate) date: Date,
}

/// One occurrence of a block of the office.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfOfficeOccurrence {
    pub(crate) block_id: BlockId,
    pub(crate) date: Date,
}

/// An appointment type.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfType {
    pub(crate) code: AppointmentTypeCode,
}

/// An appointment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfAppointment {
    pub(crate) appointment_id: AppointmentId,
}

/// A bulk move.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfMove {
    pub(crate) move_id: MoveId,
}

/// A hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfHold {
    pub(crate) hold_id: HoldId,
}

/// A lead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfLead {
    pub(crate) lead_id: LeadId,
}

/// What a lead is written to for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OfConsent {
    pub(crate) lead_id: LeadId,
    pub(crate) purpose: ConsentPurpose,
}
