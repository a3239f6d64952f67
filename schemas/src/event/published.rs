use super::AgentEvent;
use crate::AppointmentId;
use crate::personal::leave_out_personal;

impl AgentEvent {
    /// The types that other systems are told of: everything that happens to an appointment, and nothing else.
    ///
    /// Hours, blocks and busy time are answered by `GET /v1/slots` and the calendars; a hold ends without an event, so
    /// whoever followed holds would keep the dead ones; an agent's profile comes from the CRM in the first place.
    pub const PUBLISHED_TYPES: &[&str] = &[
        "AppointmentBooked",
        "AppointmentConfirmed",
        "AppointmentRescheduled",
        "AppointmentReassigned",
        "AppointmentCancelled",
        "AppointmentCompleted",
        "AppointmentNoShow",
    ];

    /// The appointment that the event is about and the payload, as JSON, that other systems are told; none if they
    /// are not.
    ///
    /// It is of the same type and version, without anything [`Personal`](crate::Personal). Who is allowed to know
    /// that asks the API for the appointment.
    pub fn published(&self) -> Option<(AppointmentId, Vec<u8>)> {
        let appointment_id = self.appointment_id()?;
        let mut payload = serde_json::from_slice(&self.payload()).expect("a payload is JSON");
        leave_out_personal(&mut payload);
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
