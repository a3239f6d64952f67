//! The place of an appointment in the calendar: a free slot, or the one that a hold keeps for its lead.

use availability::{Hold, Slot, SlotRequest, check, check_held};
use chrono::{DateTime, Utc};
use schemas::HoldId;

use super::alternatives::Alternatives;
use super::{Agent, AgentRejection, BookAppointment};
use crate::Office;

/// A slot, with the time to be kept free around it.
pub(super) struct Place {
    pub(super) slot: Slot,
    pub(super) buffer_before_minutes: u16,
    pub(super) buffer_after_minutes: u16,
}

impl Place {
    pub(super) fn duration_minutes(&self) -> u16 {
        let minutes = (self.slot.end - self.slot.start).num_minutes();
        u16::try_from(minutes).expect("a type's duration is a u16")
    }
}

impl Agent {
    /// The place of an appointment: as the hold has kept it, if there is one, or else as the type is now.
    pub(super) fn place(
        &self,
        request: &SlotRequest<'_>,
        hold: Option<&Hold>,
        office: &Office,
        now: DateTime<Utc>,
        alternatives: Alternatives,
    ) -> Result<Place, AgentRejection> {
        let refused = |reason| self.slot_unavailable(reason, request, office, now, alternatives);
        if let Some(hold) = hold {
            let slot = check_held(&self.calendar, office.calendar(), hold, request, now).map_err(refused)?;
            return Ok(Place {
                slot,
                buffer_before_minutes: hold.buffer_before_minutes,
                buffer_after_minutes: hold.buffer_after_minutes,
            });
        }
        let appointment_type = office
            .calendar()
            .appointment_type(request.appointment_type)
            .ok_or_else(|| AgentRejection::UnknownAppointmentType(request.appointment_type.clone()))?;
        let slot = check(&self.calendar, office.calendar(), request, now).map_err(refused)?;
        Ok(Place {
            slot,
            buffer_before_minutes: appointment_type.buffer_before_minutes,
            buffer_after_minutes: appointment_type.buffer_after_minutes,
        })
    }

    /// The hold of this id, if it is the lead's own, on this slot, and live.
    pub(super) fn hold_to_use(
        &self,
        hold_id: HoldId,
        booking: &BookAppointment,
        now: DateTime<Utc>,
    ) -> Result<&Hold, AgentRejection> {
        match self.calendar.find_hold(hold_id) {
            Some(hold) if hold.lead_id != booking.lead_id => Err(AgentRejection::HoldNotFound(hold_id)),
            Some(hold)
                if hold.appointment_type != booking.appointment_type || hold.start != booking.start =>
            {
                Err(AgentRejection::HoldOfAnotherSlot)
            }
            Some(hold) if hold.is_live(now) => Ok(hold),
            _ => Err(AgentRejection::HoldExpired),
        }
    }

    /// The lead's own live hold on exactly this slot, which the appointment uses up.
    pub(super) fn own_hold(&self, request: &SlotRequest<'_>, now: DateTime<Utc>) -> Option<&Hold> {
        self.calendar.own_hold(request.lead_id?, request.appointment_type, request.start, now)
    }
}
