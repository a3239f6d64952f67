//! What an agent's events make of an appointment, and what is kept of one that can change no more.

use chrono::{DateTime, Utc};
use schemas::event::{AppointmentBooked, AppointmentRescheduled};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, AppointmentTerms, NoShowBy, Outcome};
use schemas::{AgentId, LeadId, Personal};
use serde::{Deserialize, Serialize};

use crate::{AppointmentAnswer, EventContext};

/// What is kept of a finished appointment: enough to answer later commands on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    /// As it is answered; with the agent whom it went to, if it was handed over.
    pub(super) answer: AppointmentAnswer,
    pub(super) version: u64,
    /// What the clock showed when it was finished.
    pub(super) ended_at: DateTime<Utc>,
    /// The agent it was handed over to, if it was.
    pub(super) handed_over_to: Option<AgentId>,
}

/// The appointment that was booked then: its version is 1.
pub(super) fn booked(event: &AppointmentBooked, recorded_at: DateTime<Utc>) -> AppointmentSnapshot {
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
        created_at: recorded_at,
        updated_at: recorded_at,
        confirm_by: event.confirm_by,
    }
}

/// Moves it.
pub(super) const fn reschedule(
    appointment: &mut AppointmentSnapshot,
    event: &AppointmentRescheduled,
    recorded_at: DateTime<Utc>,
) {
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
    appointment.updated_at = recorded_at;
    appointment.version += 1;
}

/// What was said about an appointment is its lead's.
pub(super) fn personal(lead_id: &LeadId, reason: Option<&String>) -> Option<Personal<String>> {
    reason.map(|reason| Personal::new(lead_id.clone(), reason.clone()))
}

/// As it is with this agent.
pub(super) fn answer(appointment: &AppointmentSnapshot, agent_id: &AgentId) -> AppointmentAnswer {
    AppointmentAnswer {
        appointment_id: appointment.appointment_id,
        lead_id: appointment.lead_id.clone(),
        agent_id: agent_id.clone(),
        appointment_type: appointment.appointment_type.clone(),
        status: appointment.status,
        start: appointment.start,
        end: appointment.end,
        sequence: appointment.sequence,
        origin: appointment.origin,
        created_at: appointment.created_at,
        terms: AppointmentTerms::of(appointment, appointment.updated_at),
    }
}

impl Finished {
    /// What is kept of it after its last change, which ends it with this status.
    pub(super) fn of(
        appointment: &AppointmentSnapshot,
        agent_id: &AgentId,
        status: AppointmentStatus,
        context: &EventContext,
    ) -> Self {
        let mut answer = answer(appointment, agent_id);
        answer.status = status;
        answer.terms.outcome = Outcome::of(status);
        answer.terms.confirm_by = None;
        answer.terms.updated_at = context.recorded_at;
        Self {
            answer,
            version: appointment.version + 1,
            ended_at: context.clock_showed,
            handed_over_to: None,
        }
    }

    /// What is kept of it where it was, as it went to another agent.
    pub(super) fn handed_over(
        appointment: &AppointmentSnapshot,
        to_agent_id: &AgentId,
        context: &EventContext,
    ) -> Self {
        let mut answer = answer(appointment, to_agent_id);
        answer.terms.updated_at = context.recorded_at;
        Self {
            answer,
            version: appointment.version,
            ended_at: context.clock_showed,
            handed_over_to: Some(to_agent_id.clone()),
        }
    }

    /// Records its outcome.
    pub(super) fn conclude(&mut self, outcome: Outcome, by: Option<NoShowBy>) {
        self.answer.status = outcome.status();
        self.answer.terms.outcome = Some(outcome);
        self.answer.terms.no_show_by = by;
    }
}
