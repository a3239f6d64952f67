use chrono::{DateTime, Utc};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};

use crate::AppointmentRow;

/// Which appointments to list. An empty list does not filter; any other admits each of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentFilter {
    /// The agents.
    pub agent_ids: Vec<AgentId>,
    /// The leads.
    pub lead_ids: Vec<LeadId>,
    /// The statuses.
    pub statuses: Vec<AppointmentStatus>,
    /// The appointment types.
    pub appointment_types: Vec<AppointmentTypeCode>,
    /// The properties.
    pub property_ids: Vec<PropertyId>,
    /// Starting at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Starting before this instant.
    pub to: Option<DateTime<Utc>>,
    /// Whether the local start is no longer the one agreed on; see [`AppointmentRow::wall_time_has_changed`].
    pub wall_time_changed: Option<bool>,
}

impl AppointmentFilter {
    /// Whether the filter admits the appointment.
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
