//! The place of an appointment in the calendar: a free slot, or the one that a hold keeps for its lead.

use availability::{Hold, Interval, Reason, Slot, SlotRequest, Taken, check_forced, check_held_forced};
use chrono::{DateTime, Utc};
use schemas::value::ForcedRule;
use schemas::{AppointmentId, HoldId};

use super::alternatives::Alternatives;
use super::{Agent, AgentRejection, BookAppointment};
use crate::Office;

/// A slot, with the time to be kept free around it.
pub(super) struct Place {
    pub(super) slot: Slot,
    pub(super) buffer_before_minutes: u16,
    pub(super) buffer_after_minutes: u16,
    /// The rules that were passed over.
    pub(super) forced: Vec<ForcedRule>,
}

impl Place {
    pub(super) fn duration_minutes(&self) -> u16 {
        let minutes = (self.slot.end - self.slot.start).num_minutes();
        u16::try_from(minutes).expect("a type's duration is a u16")
    }
}

impl Agent {
    /// The place of an appointment: as the hold has kept it, if there is one, or else as the type is now. The rules of
    /// `force` are passed over.
    pub(super) fn place(
        &self,
        request: &SlotRequest<'_>,
        hold: Option<&Hold>,
        force: &[ForcedRule],
        office: &Office,
        now: DateTime<Utc>,
        alternatives: Alternatives,
    ) -> Result<Place, AgentRejection> {
        let (calendar, of_office) = (&self.calendar, office.calendar());
        let (taken, buffer_before_minutes, buffer_after_minutes) = if let Some(hold) = hold {
            let taken = check_held_forced(calendar, of_office, hold, request, force, now);
            (taken, hold.buffer_before_minutes, hold.buffer_after_minutes)
        } else {
            let unknown = || AgentRejection::UnknownAppointmentType(request.appointment_type.clone());
            let known = of_office.appointment_type(request.appointment_type).ok_or_else(unknown)?;
            let taken = check_forced(calendar, of_office, request, force, now);
            (taken, known.buffer_before_minutes, known.buffer_after_minutes)
        };
        let taken = taken.and_then(|taken| self.unless_live_then(taken, request.moving));
        let Taken { slot, forced } =
            taken.map_err(|reason| self.slot_unavailable(reason, request, office, now, alternatives))?;
        Ok(Place { slot, buffer_before_minutes, buffer_after_minutes, forced })
    }

    /// What is past is dropped from the calendar after some days, but an appointment without an outcome is still live: one
    /// that is recorded later does not overlap it.
    pub(super) fn unless_live_then(
        &self,
        taken: Taken,
        moving: Option<AppointmentId>,
    ) -> Result<Taken, Reason> {
        let in_calendar = |id| self.calendar.bookings().any(|booking| booking.appointment_id == id);
        let interval = Interval::new(taken.slot.start, taken.slot.end);
        let overlapped = taken.forced.contains(&ForcedRule::Past)
            && self.appointments.values().any(|live| {
                Some(live.appointment_id) != moving
                    && Interval::new(live.start, live.end).overlaps(&interval)
                    && !in_calendar(live.appointment_id)
            });
        if overlapped { Err(Reason::AlreadyBooked) } else { Ok(taken) }
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
