//! Appointments that a lead has with the agent already. One of them in the way of another says so, before anything else
//! is said of the slot: the lead can have it moved.

use availability::lead_bookings::{at_same_time, of_same_visit, requested_slot};
use availability::{Booking, Hold, Interval, SlotRequest};
use chrono::{DateTime, Utc};

use super::{Agent, AgentRejection, Overlap};
use crate::Office;

impl Agent {
    /// What the lead of a booking has already: an appointment at that time, or one of the type for the property at
    /// another. The slot is that of the lead's hold, if there is one.
    pub(super) fn lead_conflict(
        &self,
        request: &SlotRequest<'_>,
        hold: Option<&Hold>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Option<AgentRejection> {
        self.lead_overlap(request, hold, office).or_else(|| self.same_visit(request, now))
    }

    /// What the lead of an appointment that is taken back has meanwhile.
    pub(super) fn lead_conflict_at(
        &self,
        request: &SlotRequest<'_>,
        slot: Interval,
        now: DateTime<Utc>,
    ) -> Option<AgentRejection> {
        self.lead_overlap_at(request, slot).or_else(|| self.same_visit(request, now))
    }

    fn same_visit(&self, request: &SlotRequest<'_>, now: DateTime<Utc>) -> Option<AgentRejection> {
        let known =
            of_same_visit(&self.calendar, request, now).into_iter().find(|known| self.is_live(known))?;
        Some(AgentRejection::AlreadyScheduled(self.overlap(known)))
    }

    /// An appointment that the lead has at that time. The one that is moved is not in its own way.
    pub(super) fn lead_overlap(
        &self,
        request: &SlotRequest<'_>,
        hold: Option<&Hold>,
        office: &Office,
    ) -> Option<AgentRejection> {
        let slot = hold.map(Hold::interval).or_else(|| requested_slot(office.calendar(), request))?;
        self.lead_overlap_at(request, slot)
    }

    /// The same, where the slot is known.
    pub(super) fn lead_overlap_at(
        &self,
        request: &SlotRequest<'_>,
        slot: Interval,
    ) -> Option<AgentRejection> {
        let known = at_same_time(&self.calendar, request, slot).find(|known| self.is_live(known))?;
        Some(AgentRejection::LeadHasAppointment(self.overlap(known)))
    }

    /// The appointment, with the zone it was agreed in, as far as that is known here.
    pub(super) fn overlap(&self, known: &Booking) -> Overlap {
        let Booking { appointment_id, start, end, .. } = *known;
        let agreed = self.appointments.get(&appointment_id).map(|appointment| appointment.time_zone);
        let time_zone = agreed.unwrap_or_else(|| self.calendar.time_zone());
        Overlap { appointment_id, start, end, time_zone }
    }

    /// Whether it is neither over nor cancelled; time reserved for one counts too.
    fn is_live(&self, known: &Booking) -> bool {
        self.appointments.contains_key(&known.appointment_id) || self.is_reserved_for(known.appointment_id)
    }
}
