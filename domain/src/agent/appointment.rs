use availability::Booking;
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemas::event::{AppointmentBooked, AppointmentRescheduled};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, LeadContact};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, LeadId, Origin, Personal, PropertyId};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::AppointmentAnswer;

/// An appointment that can still change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appointment {
    /// Its id.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// Its status: `scheduled` or `confirmed`.
    pub status: AppointmentStatus,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// `start` on the wall clock that was agreed on.
    pub local_start: NaiveDateTime,
    /// The zone of `local_start`.
    pub time_zone: Tz,
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot has room for.
    pub max_appointments_per_slot: u16,
    /// How often it has been moved.
    pub sequence: u32,
    /// How often it has changed, counted from 1; being handed over is a change.
    pub version: u64,
    /// The property it is about.
    pub property_id: Option<PropertyId>,
    /// Address or link.
    pub location: Option<Personal<String>>,
    /// For the agent to read.
    pub notes: Option<Personal<String>>,
    /// How to reach the lead.
    pub lead_contact: Option<Personal<LeadContact>>,
    /// The channel it came through.
    pub origin: Origin,
}

/// What is kept of a finished appointment: enough to answer later commands on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    pub(super) status: AppointmentStatus,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) sequence: u32,
    pub(super) version: u64,
    /// The agent it was handed over to, if it was.
    pub(super) handed_over_to: Option<AgentId>,
}

impl Appointment {
    pub(super) fn booked(event: &AppointmentBooked) -> Self {
        Self {
            appointment_id: event.appointment_id,
            lead_id: event.lead_id.clone(),
            appointment_type: event.appointment_type.clone(),
            status: AppointmentStatus::Scheduled,
            start: event.start,
            end: event.end,
            local_start: event.local_start,
            time_zone: event.time_zone,
            buffer_before_minutes: event.buffer_before_minutes,
            buffer_after_minutes: event.buffer_after_minutes,
            max_appointments_per_slot: event.max_appointments_per_slot,
            sequence: event.sequence,
            version: 1,
            property_id: event.property_id.clone(),
            location: event.location.clone(),
            notes: event.notes.clone(),
            lead_contact: event.lead_contact.clone(),
            origin: event.origin,
        }
    }

    pub(super) fn reschedule(&mut self, event: &AppointmentRescheduled) {
        self.status = AppointmentStatus::Scheduled;
        self.start = event.start;
        self.end = event.end;
        self.local_start = event.local_start;
        self.time_zone = event.time_zone;
        self.buffer_before_minutes = event.buffer_before_minutes;
        self.buffer_after_minutes = event.buffer_after_minutes;
        self.max_appointments_per_slot = event.max_appointments_per_slot;
        self.sequence = event.sequence;
        self.version += 1;
    }

    pub(super) fn received(appointment: &AppointmentSnapshot) -> Self {
        let AppointmentSnapshot {
            appointment_id,
            lead_id,
            appointment_type,
            status,
            start,
            end,
            duration_minutes: _,
            local_start,
            time_zone,
            buffer_before_minutes,
            buffer_after_minutes,
            max_appointments_per_slot,
            sequence,
            version,
            property_id,
            location,
            notes,
            lead_contact,
            origin,
        } = appointment.clone();
        Self {
            appointment_id,
            lead_id,
            appointment_type,
            status,
            start,
            end,
            local_start,
            time_zone,
            buffer_before_minutes,
            buffer_after_minutes,
            max_appointments_per_slot,
            sequence,
            version,
            property_id,
            location,
            notes,
            lead_contact,
            origin,
        }
    }

    /// Everything that it is.
    pub(super) fn snapshot(&self) -> AppointmentSnapshot {
        let duration_minutes = self.duration_minutes();
        let Self {
            appointment_id,
            lead_id,
            appointment_type,
            status,
            start,
            end,
            local_start,
            time_zone,
            buffer_before_minutes,
            buffer_after_minutes,
            max_appointments_per_slot,
            sequence,
            version,
            property_id,
            location,
            notes,
            lead_contact,
            origin,
        } = self.clone();
        AppointmentSnapshot {
            appointment_id,
            lead_id,
            appointment_type,
            status,
            start,
            end,
            duration_minutes,
            local_start,
            time_zone,
            buffer_before_minutes,
            buffer_after_minutes,
            max_appointments_per_slot,
            sequence,
            version,
            property_id,
            location,
            notes,
            lead_contact,
            origin,
        }
    }

    /// What it takes of its agent's time.
    pub(super) fn booking(&self) -> Booking {
        calendar_fold::booking(&self.snapshot())
    }

    pub(super) fn duration_minutes(&self) -> u16 {
        u16::try_from((self.end - self.start).num_minutes()).expect("a type's duration is a u16")
    }

    /// What is kept of it after its last change.
    pub(super) fn finished(&self, status: AppointmentStatus) -> Finished {
        Finished {
            status,
            start: self.start,
            end: self.end,
            sequence: self.sequence,
            version: self.version + 1,
            handed_over_to: None,
        }
    }

    pub(super) fn answer(&self, agent_id: &AgentId) -> Answer {
        Answer::Appointment(AppointmentAnswer {
            appointment_id: self.appointment_id,
            agent_id: agent_id.clone(),
            status: self.status,
            start: self.start,
            end: self.end,
            sequence: self.sequence,
        })
    }
}

impl Finished {
    pub(super) fn answer(&self, appointment_id: AppointmentId, agent_id: &AgentId) -> Answer {
        Answer::Appointment(AppointmentAnswer {
            appointment_id,
            agent_id: self.handed_over_to.as_ref().unwrap_or(agent_id).clone(),
            status: self.status,
            start: self.start,
            end: self.end,
            sequence: self.sequence,
        })
    }
}
