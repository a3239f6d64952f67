use super::{AgentEvent, AppointmentBooked, AppointmentCancelled};
use crate::AppointmentId;

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

    /// The event as other systems are told of it, and the appointment that it is about; none if they are not.
    ///
    /// It is of the same type and version, without the lead's contact and without any free text, in which personal
    /// data may stand: `lead_contact`, `notes`, `location` and `reason` never leave. Who is allowed to know them asks
    /// the API for the appointment.
    pub fn published(self) -> Option<(AppointmentId, Self)> {
        let published = match self {
            Self::AppointmentBooked(booked) => Self::AppointmentBooked(AppointmentBooked {
                lead_contact: None,
                notes: None,
                location: None,
                ..booked
            }),
            Self::AppointmentCancelled(cancelled) => {
                Self::AppointmentCancelled(AppointmentCancelled { reason: None, ..cancelled })
            }
            other => other,
        };
        let appointment_id = match &published {
            Self::AppointmentBooked(booked) => booked.appointment_id,
            Self::AppointmentConfirmed(confirmed) => confirmed.appointment_id,
            Self::AppointmentRescheduled(rescheduled) => rescheduled.appointment_id,
            Self::AppointmentReassigned(reassigned) => reassigned.appointment_id,
            Self::AppointmentCancelled(cancelled) => cancelled.appointment_id,
            Self::AppointmentCompleted(completed) => completed.appointment_id,
            Self::AppointmentNoShow(no_show) => no_show.appointment_id,
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
            | Self::ExternalBusyRemoved(_) => return None,
        };
        Some((appointment_id, published))
    }
}
