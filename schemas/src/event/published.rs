//! The events that other systems receive.

use super::AgentEvent;
use crate::AppointmentId;
use crate::personal::redact_personal;

impl AgentEvent {
    /// The types that are published to other systems: everything about appointments, and nothing else.
    ///
    /// Hours, blocks and busy time show in `GET /v1/slots` and the calendars; a hold expires without an event, so
    /// consumers would keep expired ones; an agent's profile comes from the CRM in the first place.
    pub const PUBLISHED_TYPES: &[&str] = &[
        "AppointmentBooked",
        "AppointmentConfirmed",
        "AppointmentRescheduled",
        "AppointmentReassigned",
        "AppointmentCancelled",
        "AppointmentCompleted",
        "AppointmentNoShow",
    ];

    /// The appointment that the event is about and its published payload as JSON; none if the event is not published.
    ///
    /// The payload has the same type and version, without anything [`Personal`](crate::Personal). Systems that may see
    /// that get the appointment from the API.
    pub fn published(&self) -> Option<(AppointmentId, Vec<u8>)> {
        let appointment_id = self.appointment_id()?;
        let mut payload = serde_json::from_slice(&self.payload()).expect("a payload is JSON");
        redact_personal(&mut payload);
        Some((appointment_id, payload.to_string().into_bytes()))
    }

    /// The appointment that the event is about.
    pub const fn appointment_id(&self) -> Option<AppointmentId> {
        match self {
            Self::AppointmentBooked(event) => Some(event.appointment_id),
            Self::AppointmentConfirmed(event) => Some(event.appointment_id),
            Self::AppointmentRescheduled(event) => Some(event.appointment_id),
            Self::AppointmentReassigned(event) => Some(event.appointment_id),
            Self::AppointmentCancelled(event) => Some(event.appointment_id),
            Self::AppointmentCompleted(event) => Some(event.appointment_id),
            Self::AppointmentNoShow(event) => Some(event.appointment_id),
            Self::AgentRegistered(_)
            | Self::AgentProfileUpdated(_)
            | Self::AgentDeactivated(_)
            | Self::AvailabilityRuleAdded(_)
            | Self::AvailabilityRuleRemoved(_)
            | Self::WeeklyHoursReplaced(_)
            | Self::DateExceptionSet(_)
            | Self::DateExceptionRemoved(_)
            | Self::TimeBlocked(_)
            | Self::TimeUnblocked(_)
            | Self::SlotHeld(_)
            | Self::HoldReleased(_)
            | Self::ExternalBusyRecorded(_)
            | Self::ExternalBusyRemoved(_) => None,
        }
    }
}
