//! What is noted about an appointment, and which property it is about.

use availability::{Interval, check_beside_others};
use calendar_fold::booking;
use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, AppointmentDetailsChanged};
use schemas::value::{AppointmentDetail, AppointmentSnapshot};
use schemas::{AppointmentId, LeadId, Personal};

use super::alternatives::Alternatives;
use super::moving::request_of_move;
use super::{Agent, AgentRejection, DetailsChange};
use crate::Office;

impl Agent {
    pub(super) fn decide_change_details(
        &self,
        id: AppointmentId,
        change: &DetailsChange,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let before = self.changeable(id, "changed", now)?;
        let mut appointment = change.applied_to(before.clone());
        let changed = differences(before, &appointment);
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        if changed.contains(&AppointmentDetail::PropertyId) {
            self.keeps_place(&appointment, office, now)?;
        }
        appointment.version += 1;
        Ok(vec![AppointmentDetailsChanged { appointment, changed }.into()])
    }

    /// With another property, others may be too close, or no longer be able to share its slot. That its agent has closed
    /// the time since it was booked does not matter: it has that time.
    fn keeps_place(
        &self,
        after: &AppointmentSnapshot,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<(), AgentRejection> {
        let agreed = booking(after);
        let capacity = after.max_appointments_per_slot;
        check_beside_others(&self.calendar, office.calendar(), &agreed, capacity, now).map_err(|reason| {
            let alternatives = Alternatives::besides(Interval::new(after.start, after.end));
            self.slot_unavailable(reason, &request_of_move(&agreed), office, now, alternatives)
        })
    }
}

impl DetailsChange {
    fn applied_to(&self, appointment: AppointmentSnapshot) -> AppointmentSnapshot {
        let Self { property_id, location, notes, lead_contact } = self;
        let lead_id = appointment.lead_id.clone();
        AppointmentSnapshot {
            property_id: property_id.clone().unwrap_or(appointment.property_id),
            // What somebody says is no link that was made.
            location_source: appointment.location_source.filter(|_| location.is_none()),
            location: of_lead(&lead_id, appointment.location, location.as_ref()),
            notes: of_lead(&lead_id, appointment.notes, notes.as_ref()),
            lead_contact: of_lead(&lead_id, appointment.lead_contact, lead_contact.as_ref()),
            ..appointment
        }
    }
}

/// What is noted is the lead's.
fn of_lead<T: Clone>(
    lead_id: &LeadId,
    before: Option<Personal<T>>,
    change: Option<&Option<T>>,
) -> Option<Personal<T>> {
    match change {
        None => before,
        Some(after) => after.clone().map(|after| Personal::new(lead_id.clone(), after)),
    }
}

fn differences(before: &AppointmentSnapshot, after: &AppointmentSnapshot) -> Vec<AppointmentDetail> {
    let differs = [
        (AppointmentDetail::PropertyId, before.property_id != after.property_id),
        (AppointmentDetail::Location, before.location != after.location),
        (AppointmentDetail::Notes, before.notes != after.notes),
        (AppointmentDetail::LeadContact, before.lead_contact != after.lead_contact),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(detail, _)| detail).collect()
}
