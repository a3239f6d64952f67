//! An agent's hours, free time and busy time in a range.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::AppointmentTypeCode;

use crate::blocked::blocked;
use crate::claim::{Booking, Claim, ExternalBusy, Hold};
use crate::day::{self, Day, LocalDay};
use crate::{AgentCalendar, Interval, IntervalSet, OfficeCalendar, zone};

/// The hours of an agent in a range, for one type; without a type, for any. Hours that touch are merged, at midnight too.
pub fn hours(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    appointment_type: Option<&AppointmentTypeCode>,
    range: Interval,
) -> IntervalSet {
    let range = range.intersection(&zone::SUPPORTED_RANGE);
    let days = days_in(agent, range);
    let days = days.map(|local| Day::of(agent, office, appointment_type, local, local.window.end));
    days.flat_map(|day| day.open).map(|hours| hours.intersection(&range)).collect()
}

/// The starts that the type's grid has in the hours of an agent in a range, earliest first, whether or not a slot is free
/// there, or fits. None if the office has no such type in use.
pub fn grid_starts<'a>(
    agent: &'a AgentCalendar,
    office: &'a OfficeCalendar,
    appointment_type: &'a AppointmentTypeCode,
    range: Interval,
) -> impl Iterator<Item = DateTime<Utc>> + use<'a> {
    let range = range.intersection(&zone::SUPPORTED_RANGE);
    let kind = office.appointment_type(appointment_type);
    kind.into_iter().flat_map(move |kind| {
        let step = TimeDelta::minutes(i64::from(kind.slot_step_minutes.max(1)));
        days_in(agent, range).flat_map(move |local| {
            let day = Day::of(agent, office, Some(appointment_type), local, local.window.end);
            day.grid(step, range).collect::<Vec<_>>()
        })
    })
}

/// When an agent is free: the hours, less blocks, external busy time, and appointments and live holds with their
/// buffers.
///
/// Coarser than [`slots`](crate::slots): no grid, length, notice, horizon or limit, and nothing is shared.
pub fn free(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    appointment_type: Option<&AppointmentTypeCode>,
    range: Interval,
    now: DateTime<Utc>,
) -> IntervalSet {
    let widened = |claim: Claim<'_>| {
        Interval::new(
            later(claim.interval.start, -claim.buffer_before),
            later(claim.interval.end, claim.buffer_after),
        )
    };
    let taken: IntervalSet =
        unavailable(agent, office, range).chain(claims(agent, range, now, widened)).collect();
    hours(agent, office, appointment_type, range).subtract(&taken)
}

/// When an agent is busy: blocks, external busy time, appointments and live holds, without buffers.
pub fn busy(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    range: Interval,
    now: DateTime<Utc>,
) -> IntervalSet {
    let claims = claims(agent, range, now, |claim| claim.interval);
    unavailable(agent, office, range).chain(claims).map(|busy| busy.intersection(&range)).collect()
}

fn days_in(agent: &AgentCalendar, range: Interval) -> impl Iterator<Item = LocalDay> + use<> {
    let days = (!range.is_empty()).then(|| day::days_in(agent.time_zone(), range));
    days.into_iter().flatten()
}

fn unavailable(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    range: Interval,
) -> impl Iterator<Item = Interval> {
    let blocks = blocked(agent, office, range).map(|block| block.interval);
    blocks.chain(agent.stored_busy().overlapping(range).map(ExternalBusy::interval))
}

fn claims(
    agent: &AgentCalendar,
    range: Interval,
    now: DateTime<Utc>,
    taken: impl Fn(Claim<'_>) -> Interval,
) -> impl Iterator<Item = Interval> {
    let bookings = agent.stored_bookings().near(range).map(Booking::claim);
    let holds = agent.stored_holds().near(range).filter(move |hold| hold.is_live(now));
    bookings.chain(holds.map(Hold::claim)).map(taken)
}

fn later(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_add_signed(by).unwrap_or(instant)
}
