//! An agent's hours, free time, busy time and conflicts in a range.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use schemas::{AppointmentId, AppointmentTypeCode};
use serde::{Deserialize, Serialize};

use crate::claim::{Booking, Claim, ExternalBusy, Hold};
use crate::day::{self, Day};
use crate::slot::{Cause, Finding, Reason};
use crate::{AgentCalendar, Interval, IntervalSet, OfficeCalendar, zone};

/// The hours of an agent in a range, for one type; without a type, for any. Hours that touch at midnight are merged.
pub fn hours(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    appointment_type: Option<&AppointmentTypeCode>,
    range: Interval,
) -> IntervalSet {
    let range = range.intersection(&zone::SUPPORTED_RANGE);
    let days = days_in(agent, office, appointment_type, range);
    days.flat_map(|day| day.open).map(|hours| hours.intersection(&range)).collect()
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

/// An appointment that no longer fits into the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// When it is.
    pub interval: Interval,
    /// Why: it lies outside its type's hours, in a block, or in external busy time; in that order, each as often as it
    /// applies.
    pub findings: Vec<Finding>,
}

/// The appointments in a range that overlap a block or external busy time, or are not within hours, earliest first.
///
/// A start off the grid is no conflict.
pub fn conflicts(agent: &AgentCalendar, office: &OfficeCalendar, range: Interval) -> Vec<Conflict> {
    let bookings = agent.stored_bookings().overlapping(range);
    let conflicts = bookings.map(|booking| {
        let interval = booking.interval();
        let mut findings = Vec::new();
        let hours: Vec<_> = days_in(
            agent,
            office,
            Some(&booking.appointment_type),
            interval.intersection(&zone::SUPPORTED_RANGE),
        )
        .flat_map(|day| day.open)
        .collect();
        if !hours.iter().any(|hours| hours.encloses(&interval)) {
            findings.push(Finding { reason: Reason::OutsideHours, cause: Cause::Hours { hours } });
        }
        let own = agent.stored_blocks().in_range(interval);
        let own = own.map(|(block_id, interval)| Cause::AgentBlock { block_id, interval });
        let theirs = office.stored_blocks().in_range(interval);
        let theirs = theirs.map(|(block_id, interval)| Cause::OfficeBlock { block_id, interval });
        findings.extend(own.chain(theirs).map(|cause| Finding { reason: Reason::Blocked, cause }));
        let busy = agent.stored_busy().overlapping(interval);
        let busy =
            busy.map(|busy| Cause::ExternalBusy { busy_id: busy.busy_id.clone(), interval: busy.interval() });
        findings.extend(busy.map(|cause| Finding { reason: Reason::ExternalBusy, cause }));
        Conflict { appointment_id: booking.appointment_id, interval, findings }
    });
    conflicts.filter(|conflict| !conflict.findings.is_empty()).collect()
}

fn days_in(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    appointment_type: Option<&AppointmentTypeCode>,
    range: Interval,
) -> impl Iterator<Item = Day> {
    let days = (!range.is_empty()).then(|| day::days_in(agent.time_zone(), range));
    days.into_iter().flatten().map(move |local| Day::of(agent, office, appointment_type, local))
}

fn unavailable(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    range: Interval,
) -> impl Iterator<Item = Interval> {
    let own = agent.stored_blocks().in_range(range);
    let blocks = own.chain(office.stored_blocks().in_range(range)).map(|(_, interval)| interval);
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
