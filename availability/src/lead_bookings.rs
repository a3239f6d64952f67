//! What a lead has already with the agent of whom a slot is requested.

use chrono::{DateTime, Utc};

use crate::claim::Booking;
use crate::slot::SlotRequest;
use crate::slot_rules::length_of;
use crate::{AgentCalendar, Interval, OfficeCalendar};

/// The slot that is requested: as long as the request says, or else as its type is. None if the office has no such type
/// in use.
pub fn requested_slot(office: &OfficeCalendar, request: &SlotRequest<'_>) -> Option<Interval> {
    let length = length_of(office.appointment_type(request.appointment_type)?, request);
    Some(Interval::new(request.start, request.start.checked_add_signed(length)?))
}

/// The appointments of the request's lead that overlap the slot, earliest first. The one that is moved is not among them.
pub fn at_same_time<'a>(
    agent: &'a AgentCalendar,
    request: &SlotRequest<'a>,
    slot: Interval,
) -> impl Iterator<Item = &'a Booking> + use<'a> {
    let (lead_id, moving) = (request.lead_id, request.moving);
    agent
        .stored_bookings()
        .overlapping(slot)
        .filter(move |known| lead_id == Some(&known.lead_id) && Some(known.appointment_id) != moving)
}

/// The appointments of the request's lead that are of the same type and for the same property, and not over, earliest
/// first; none for a request without a property. The one that is moved is not among them.
///
/// Looks at the lead's appointments alone.
pub fn of_same_visit<'a>(
    agent: &'a AgentCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Vec<&'a Booking> {
    let (Some(lead_id), Some(_)) = (request.lead_id, request.property_id) else { return Vec::new() };
    let is_same = |known: &&Booking| {
        known.end > now
            && known.property_id.as_ref() == request.property_id
            && known.appointment_type == *request.appointment_type
            && Some(known.appointment_id) != request.moving
    };
    let mut same: Vec<_> = agent.bookings_of(lead_id).filter(is_same).collect();
    same.sort_by_key(|known| (known.start, known.appointment_id));
    same
}
