use chrono::{DateTime, Utc};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};

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
