//! The events that other systems receive.

use serde_json::Value;

use super::{AgentEvent, LeadEvent};
use crate::personal::redact_personal;
use crate::{AppointmentId, LeadId};

impl AgentEvent {
    /// The types that are published to other systems: everything about appointments, and nothing else.
    ///
    /// A hand-over is one event there: that the new agent's calendar has received the appointment changes nothing.
    ///
    /// Hours, blocks and busy time show in `GET /v1/slots` and the calendars; a hold expires without an event, so
    /// consumers would keep expired ones; an agent's profile comes from the CRM in the first place.
    pub const PUBLISHED_TYPES: &[&str] = &[
        "AppointmentBooked",
        "AppointmentConfirmed",
        "AppointmentRescheduled",
        "AppointmentHandedOver",
        "AppointmentDetailsChanged",
        "AppointmentCancelled",
        "AppointmentReinstated",
        "AppointmentReleased",
        "AppointmentCompleted",
        "AppointmentNoShow",
        "OutcomeCorrected",
    ];

    /// The appointment that the event is about and its published payload as JSON; none if the event is not published.
    ///
    /// The payload has the same type and version, without anything [`Personal`](crate::Personal). Systems that may see
    /// that get the appointment from the API.
    pub fn published(&self) -> Option<(AppointmentId, Vec<u8>)> {
        let is_published = Self::PUBLISHED_TYPES.contains(&self.event_type());
        let appointment_id = self.appointment_id().filter(|_| is_published)?;
        Some((appointment_id, public(&self.payload())))
    }

    /// The appointment that the event is about.
    pub const fn appointment_id(&self) -> Option<AppointmentId> {
        match self {
            Self::AppointmentBooked(event) => Some(event.appointment_id),
            Self::AppointmentConfirmed(event) => Some(event.appointment_id),
            Self::AppointmentRescheduled(event) => Some(event.appointment_id),
            Self::AppointmentHandedOver(event) => Some(event.appointment.appointment_id),
            Self::AppointmentReceived(event) => Some(event.appointment.appointment_id),
            Self::AppointmentDetailsChanged(event) => Some(event.appointment.appointment_id),
            Self::AppointmentCancelled(event) => Some(event.appointment_id),
            Self::AppointmentReinstated(event) => Some(event.appointment.appointment_id),
            Self::AppointmentReleased(event) => Some(event.appointment_id),
            Self::AppointmentCompleted(event) => Some(event.appointment_id),
            Self::AppointmentNoShow(event) => Some(event.appointment_id),
            Self::OutcomeCorrected(event) => Some(event.appointment_id),
            Self::AgentRegistered(_)
            | Self::AgentProfileUpdated(_)
            | Self::AgentDeactivated(_)
            | Self::AvailabilityRuleAdded(_)
            | Self::AvailabilityRuleRemoved(_)
            | Self::WeeklyHoursReplaced(_)
            | Self::DateExceptionSet(_)
            | Self::DateExceptionRemoved(_)
            | Self::TimeBlocked(_)
            | Self::BlockChanged(_)
            | Self::TimeUnblocked(_)
            | Self::SlotHeld(_)
            | Self::HoldReleased(_)
            | Self::ExternalBusyRecorded(_)
            | Self::ExternalBusyRemoved(_)
            | Self::TimeReserved(_)
            | Self::ReservationReleased(_)
            | Self::ReservationFenced(_)
            | Self::CommandHadNoEffect(_) => None,
        }
    }
}

impl LeadEvent {
    /// The types that are published to other systems: that a lead's contact changed, which they then read from the API,
    /// and what it has agreed to.
    pub const PUBLISHED_TYPES: &[&str] =
        &["LeadRegistered", "LeadUpdated", "ConsentGiven", "ConsentWithdrawn"];

    /// The lead that the event is about and its published payload as JSON; none if the event is not published.
    ///
    /// The payload has the same type and version, without anything [`Personal`](crate::Personal).
    pub fn published(&self) -> Option<(&LeadId, Vec<u8>)> {
        Some((self.lead_id()?, public(&self.payload())))
    }

    /// The lead that the event is about.
    pub const fn lead_id(&self) -> Option<&LeadId> {
        match self {
            Self::LeadRegistered(event) => Some(&event.lead_id),
            Self::LeadUpdated(event) => Some(&event.lead_id),
            Self::ConsentGiven(event) => Some(&event.lead_id),
            Self::ConsentWithdrawn(event) => Some(&event.lead_id),
            Self::CommandHadNoEffect(_) => None,
        }
    }
}

/// What others may see of a payload.
fn public(payload: &[u8]) -> Vec<u8> {
    let mut payload: Value = serde_json::from_slice(payload).expect("a payload is JSON");
    redact_personal(&mut payload);
    // Who sent which command is nobody else's business.
    if let Value::Object(members) = &mut payload {
        members.remove("receipts");
    }
    payload.to_string().into_bytes()
}
