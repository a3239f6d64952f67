//! The status of an appointment, and how to reach its lead.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The status of an appointment. `completed`, `no_show` and `cancelled` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentStatus {
    /// Booked, or moved and not confirmed again.
    Scheduled,
    /// The lead has confirmed it.
    Confirmed,
    /// It took place.
    Completed,
    /// The lead did not come.
    NoShow,
    /// It was cancelled.
    Cancelled,
}

impl AppointmentStatus {
    /// Whether it can no longer change.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::NoShow | Self::Cancelled)
    }

    /// Whether it takes the agent's time: every appointment does, past ones too, except a cancelled one.
    pub const fn occupies_time(self) -> bool {
        !matches!(self, Self::Cancelled)
    }

    /// The name used in JSON and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a link was made from that nobody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocationSource {
    /// It is the agent's own room.
    AgentRoom,
    /// It was made from the office's template.
    OfficeTemplate,
}

/// What has cancelled an appointment, where nobody asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancellationCause {
    /// The lead had not confirmed it in time.
    Released,
}

impl fmt::Display for AppointmentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to reach a lead about one appointment. Personal data: never logged.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadContact {
    /// What to call the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where confirmations go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// In international form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// BCP 47 language tag, such as `es-CL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl fmt::Debug for LeadContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeadContact(…)")
    }
}
