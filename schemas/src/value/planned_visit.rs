//! A visit in the plan of a bulk move.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stored;
use crate::{AgentId, AppointmentId, AppointmentTypeCode};

/// A visit in the plan of a bulk move, as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedVisit {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// When it starts, and after the move still does.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// Its version.
    pub version: u64,
    /// Whom it is to go to; none = nobody can take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_agent_id: Option<AgentId>,
    /// Why nobody can take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<NotMovedBecause>,
    /// The nearest other times that were free when the plan was made, if nobody can take it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<OtherSlot>,
}

/// Why a visit stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NotMovedBecause {
    /// Nobody can take it at its time.
    SlotUnavailable {
        /// What speaks against it, as in a refused reassignment.
        finding: String,
    },
    /// It was cancelled, moved or handed over by somebody else, or is over.
    Changed,
    /// The agent it would come back to takes no appointments any more.
    AgentInactive,
    /// The bulk move was undone before its turn.
    Undone,
    /// It was refused for another reason.
    Refused {
        /// The code of the refusal.
        code: String,
    },
}

/// A slot that is free instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherSlot {
    /// The agent.
    pub agent_id: AgentId,
    /// When it starts.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// The reference to move the appointment there with; only in answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot_ref: Option<String>,
}
