use chrono::{DateTime, Utc};
use schemas::event::{AppointmentBooked, AppointmentRescheduled};
use schemas::value::{AppointmentStatus, LeadContact};
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
    /// How often it has been moved.
    pub sequence: u32,
    /// How often it has changed, counted from 1; being taken over is a change.
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
    /// The agent it was reassigned to, if it was.
    pub(super) reassigned_to: Option<AgentId>,
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
            sequence: event.sequence,
            version: event.version,
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
        self.sequence = event.sequence;
        self.version += 1;
    }

    /// What is kept of it after its last change.
    pub(super) fn finished(&self, status: AppointmentStatus) -> Finished {
        Finished {
            status,
            start: self.start,
            end: self.end,
            sequence: self.sequence,
            version: self.version + 1,
            reassigned_to: None,
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
            agent_id: self.reassigned_to.as_ref().unwrap_or(agent_id).clone(),
            status: self.status,
            start: self.start,
            end: self.end,
            sequence: self.sequence,
        })
    }
}
