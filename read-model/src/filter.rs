use chrono::{DateTime, Utc};
use schemas::value::{AppointmentStatus, Outcome};
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
    /// What became of them.
    pub outcomes: Option<Outcomes>,
    /// The appointment types.
    pub appointment_types: Vec<AppointmentTypeCode>,
    /// The properties.
    pub property_ids: Vec<PropertyId>,
    /// Lasting longer than until this instant: with `to`, what overlaps the time from here.
    pub from: Option<DateTime<Utc>>,
    /// Starting before this instant. Nothing overlaps a time that ends where it begins.
    pub to: Option<DateTime<Utc>>,
    /// Whether the local start is no longer the one agreed on; see [`AppointmentRow::wall_time_has_changed`].
    pub wall_time_changed: Option<bool>,
}

/// What became of appointments: any of these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Any of these was recorded.
    pub recorded: Vec<Outcome>,
    /// Nothing was, although they were over at this instant; none = those are not wanted.
    pub unresolved_at: Option<DateTime<Utc>>,
}

impl Outcomes {
    fn admit(&self, row: &AppointmentRow) -> bool {
        match row.outcome {
            Some(outcome) => self.recorded.contains(&outcome),
            None => !row.status.is_final() && self.unresolved_at.is_some_and(|now| row.end <= now),
        }
    }

    /// The statuses of the appointments among which those are.
    pub(crate) fn statuses(&self) -> Vec<AppointmentStatus> {
        let open = [AppointmentStatus::Scheduled, AppointmentStatus::Confirmed];
        let open = open.into_iter().filter(|_| self.unresolved_at.is_some());
        self.recorded.iter().map(|outcome| outcome.status()).chain(open).collect()
    }
}

impl AppointmentFilter {
    /// Whether it asks for what overlaps a time that is empty.
    pub(crate) fn is_of_no_time(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to <= from)
    }

    /// Whether the filter admits the appointment.
    pub fn admits(&self, row: &AppointmentRow) -> bool {
        fn among<T: PartialEq>(wanted: &[T], value: Option<&T>) -> bool {
            wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
        }
        among(&self.agent_ids, Some(&row.agent_id))
            && among(&self.lead_ids, Some(&row.lead_id))
            && among(&self.statuses, Some(&row.status))
            && self.outcomes.as_ref().is_none_or(|outcomes| outcomes.admit(row))
            && among(&self.appointment_types, Some(&row.appointment_type))
            && among(&self.property_ids, row.property_id.as_ref())
            && self.from.is_none_or(|from| from < row.end)
            && self.to.is_none_or(|to| row.start < to)
            && !self.is_of_no_time()
            && self.wall_time_changed.is_none_or(|wanted| row.wall_time_has_changed() == wanted)
    }
}
