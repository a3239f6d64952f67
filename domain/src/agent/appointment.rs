//! What an agent's events make of an appointment, and what is kept of one that can change no more.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::event::{AppointmentBooked, AppointmentRescheduled};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, CancellationCause, NoShowBy};
use schemas::{AgentId, AppointmentId, LeadId, Personal};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::AppointmentAnswer;

/// What is kept of a finished appointment: enough to answer later commands on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    pub(super) status: AppointmentStatus,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    /// The zone it was agreed in.
    pub(super) time_zone: Tz,
    pub(super) sequence: u32,
    pub(super) version: u64,
    /// Who did not come, if it is a no-show.
    pub(super) no_show_by: Option<NoShowBy>,
    /// What has cancelled it, if nobody asked for it.
    pub(super) cause: Option<CancellationCause>,
    /// What the clock showed when it was finished.
    pub(super) ended_at: DateTime<Utc>,
    /// The agent it was handed over to, if it was.
    pub(super) handed_over_to: Option<AgentId>,
}

/// The appointment that was booked: its version is 1.
pub(super) fn booked(event: &AppointmentBooked) -> AppointmentSnapshot {
    AppointmentSnapshot {
        appointment_id: event.appointment_id,
        lead_id: event.lead_id.clone(),
        appointment_type: event.appointment_type.clone(),
        status: event.status,
        start: event.start,
        end: event.end,
        duration_minutes: event.duration_minutes,
        local_start: event.local_start,
        time_zone: event.time_zone,
        buffer_before_minutes: event.buffer_before_minutes,
        buffer_after_minutes: event.buffer_after_minutes,
        max_appointments_per_slot: event.max_appointments_per_slot,
        sequence: event.sequence,
        version: 1,
        property_id: event.property_id.clone(),
        location: event.location.clone(),
        location_source: event.location_source,
        notes: event.notes.clone(),
        lead_contact: event.lead_contact.clone(),
        origin: event.origin,
        confirm_by: event.confirm_by,
    }
}

/// Moves it.
pub(super) const fn reschedule(appointment: &mut AppointmentSnapshot, event: &AppointmentRescheduled) {
    appointment.status = event.status;
    appointment.start = event.start;
    appointment.end = event.end;
    appointment.duration_minutes = event.duration_minutes;
    appointment.local_start = event.local_start;
    appointment.time_zone = event.time_zone;
    appointment.buffer_before_minutes = event.buffer_before_minutes;
    appointment.buffer_after_minutes = event.buffer_after_minutes;
    appointment.max_appointments_per_slot = event.max_appointments_per_slot;
    appointment.sequence = event.sequence;
    appointment.confirm_by = event.confirm_by;
    appointment.version += 1;
}

/// What was said about an appointment is its lead's.
pub(super) fn personal(lead_id: &LeadId, reason: Option<&String>) -> Option<Personal<String>> {
    reason.map(|reason| Personal::new(lead_id.clone(), reason.clone()))
}

pub(super) fn answer(appointment: &AppointmentSnapshot, agent_id: &AgentId) -> Answer {
    Answer::Appointment(AppointmentAnswer {
        appointment_id: appointment.appointment_id,
        agent_id: agent_id.clone(),
        status: appointment.status,
        start: appointment.start,
        end: appointment.end,
        time_zone: appointment.time_zone,
        sequence: appointment.sequence,
    })
}

impl Finished {
    /// What is kept of it after its last change.
    pub(super) const fn of(
        appointment: &AppointmentSnapshot,
        status: AppointmentStatus,
        ended_at: DateTime<Utc>,
    ) -> Self {
        Self {
            status,
            start: appointment.start,
            end: appointment.end,
            time_zone: appointment.time_zone,
            sequence: appointment.sequence,
            version: appointment.version + 1,
            no_show_by: None,
            cause: None,
            ended_at,
            handed_over_to: None,
        }
    }

    /// What is kept of it where it was, as it went to another agent.
    pub(super) fn handed_over(
        appointment: &AppointmentSnapshot,
        to_agent_id: &AgentId,
        ended_at: DateTime<Utc>,
    ) -> Self {
        Self {
            version: appointment.version,
            handed_over_to: Some(to_agent_id.clone()),
            ..Self::of(appointment, appointment.status, ended_at)
        }
    }

    pub(super) fn answer(&self, appointment_id: AppointmentId, agent_id: &AgentId) -> Answer {
        Answer::Appointment(AppointmentAnswer {
            appointment_id,
            agent_id: self.handed_over_to.as_ref().unwrap_or(agent_id).clone(),
            status: self.status,
            start: self.start,
            end: self.end,
            time_zone: self.time_zone,
            sequence: self.sequence,
        })
    }
}
