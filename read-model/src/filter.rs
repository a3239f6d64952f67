use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::AppointmentRow;

/// Which appointments. An empty list asks for nothing; a list asks for any one of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentFilter {
    /// In whose calendar.
    pub agent_ids: Vec<AgentId>,
    /// With whom.
    pub lead_ids: Vec<LeadId>,
    /// Where it stands.
    pub statuses: Vec<AppointmentStatus>,
    /// Of which type.
    pub appointment_types: Vec<AppointmentTypeCode>,
    /// About which property.
    pub property_ids: Vec<PropertyId>,
    /// Starting at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Starting before this instant.
    pub to: Option<DateTime<Utc>>,
    /// Whether the clock on the wall will show another time than was agreed on; see
    /// [`AppointmentRow::wall_time_has_changed`].
    pub wall_time_changed: Option<bool>,
}

impl AppointmentFilter {
    /// Whether the appointment is asked for.
    pub fn admits(&self, row: &AppointmentRow) -> bool {
        fn among<T: PartialEq>(wanted: &[T], value: Option<&T>) -> bool {
            wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
        }
        among(&self.agent_ids, Some(&row.agent_id))
            && among(&self.lead_ids, Some(&row.lead_id))
            && among(&self.statuses, Some(&row.status))
            && among(&self.appointment_types, Some(&row.appointment_type))
            && among(&self.property_ids, row.property_id.as_ref())
            && self.from.is_none_or(|from| from <= row.start)
            && self.to.is_none_or(|to| row.start < to)
            && self.wall_time_changed.is_none_or(|wanted| row.wall_time_has_changed() == wanted)
    }
}

/// The order of a list of appointments; ties are in the order of their ids, turned round as well when descending.
///
/// `updated_at` moves an appointment to the end whenever something happens to it. It is when that was decided, a moment
/// before it is stored: who follows changes by it should begin each walk some seconds before the end of the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AppointmentSort {
    /// Earliest appointment first.
    #[default]
    #[serde(rename = "start")]
    Start,
    /// Latest appointment first.
    #[serde(rename = "-start")]
    StartDescending,
    /// First booked first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// Last booked first.
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
    /// Longest untouched first.
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// Last touched first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDescending,
}

impl AppointmentSort {
    /// Every order there is.
    pub const ALL: &[Self] = &[
        Self::Start,
        Self::StartDescending,
        Self::CreatedAt,
        Self::CreatedAtDescending,
        Self::UpdatedAt,
        Self::UpdatedAtDescending,
    ];

    /// Whether the greatest comes first.
    pub const fn is_descending(self) -> bool {
        matches!(self, Self::StartDescending | Self::CreatedAtDescending | Self::UpdatedAtDescending)
    }

    /// What cursors of this order begin with.
    pub(crate) const fn tag(self) -> u8 {
        match self {
            Self::Start => 0,
            Self::StartDescending => 1,
            Self::CreatedAt => 2,
            Self::CreatedAtDescending => 3,
            Self::UpdatedAt => 4,
            Self::UpdatedAtDescending => 5,
        }
    }
}
