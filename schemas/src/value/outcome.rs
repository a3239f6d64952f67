//! What became of an appointment, and what can be noted about one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AppointmentStatus;

/// What became of an appointment whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took place.
    Completed,
    /// Somebody did not come.
    NoShow,
}

impl Outcome {
    /// What has become of an appointment with this status, if that is recorded.
    pub const fn of(status: AppointmentStatus) -> Option<Self> {
        match status {
            AppointmentStatus::Completed => Some(Self::Completed),
            AppointmentStatus::NoShow => Some(Self::NoShow),
            AppointmentStatus::Scheduled | AppointmentStatus::Confirmed | AppointmentStatus::Cancelled => {
                None
            }
        }
    }

    /// The status of an appointment with this outcome.
    pub const fn status(self) -> AppointmentStatus {
        match self {
            Self::Completed => AppointmentStatus::Completed,
            Self::NoShow => AppointmentStatus::NoShow,
        }
    }
}

/// Who did not come to an appointment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoShowBy {
    /// The lead.
    #[default]
    Lead,
    /// The agent.
    Agent,
    /// Whoever lives at the property, and should have opened.
    Occupant,
}

impl NoShowBy {
    /// The name used in JSON and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Agent => "agent",
            Self::Occupant => "occupant",
        }
    }
}

impl fmt::Display for NoShowBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be noted about an appointment, and changed without moving it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentDetail {
    /// The property it is about.
    PropertyId,
    /// Address or link.
    Location,
    /// For the agent to read.
    Notes,
    /// How to reach the lead.
    LeadContact,
}
