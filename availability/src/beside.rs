//! How far the visits beside a requested slot are.

use schemas::value::LocationKind;

use crate::day::LocalDay;
use crate::lead_bookings::requested_slot;
use crate::request::SlotRequest;
use crate::{AgentCalendar, Booking, OfficeCalendar};

/// How long the agent's way takes, in minutes, from the visit before the requested one and to the one after it, on its
/// date. None without such a visit, or if the request is for none.
pub fn travel_beside(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
) -> Option<u16> {
    let kind = office.appointment_type(request.appointment_type)?;
    let slot = requested_slot(office, request).filter(|_| kind.location_kind == LocationKind::Property)?;
    let date = LocalDay::around(agent.time_zone(), slot.start).window;
    let visits = || {
        let that_day = agent.stored_bookings().starting_in(date);
        that_day.filter(|booking| {
            office.is_at_property(&booking.appointment_type) && Some(booking.appointment_id) != request.moving
        })
    };
    let before = visits().filter(|visit| visit.end <= slot.start).max_by_key(|visit| visit.end);
    let after = visits().find(|visit| visit.start >= slot.end);
    let rate = office.travel_rate(agent.places());
    let way = |visit: &Booking| {
        let is_there = request.property_id.is_some() && visit.property_id.as_ref() == request.property_id;
        if is_there { 0 } else { rate.between(request.coordinates, visit.coordinates).minutes }
    };
    let ways = before.into_iter().chain(after).map(way);
    ways.reduce(u16::saturating_add)
}
