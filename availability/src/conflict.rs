//! Appointments that stand against the rules as they are now.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::AppointmentId;
use serde::{Deserialize, Serialize};

use crate::blocked::blocked;
use crate::claim::Booking;
use crate::day::{Day, LocalDay};
use crate::slot::{Cause, Finding, Reason};
use crate::slot_rules::outside;
use crate::{AgentCalendar, Interval, OfficeCalendar, zone};

/// An appointment that no longer fits into the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// When it is.
    pub interval: Interval,
    /// Why, in the order of [`Reason`], each reason as often as it applies: it lies outside its type's hours, in a block
    /// or in external busy time; it shares its slot with more than the rules let share it now; its agent is deactivated;
    /// or its type was retired, or takes longer by now.
    pub findings: Vec<Finding>,
}

impl Conflict {
    /// What of it is new since a change; none if nothing is. `before` is what stood against the same appointment then.
    pub fn since(mut self, before: Option<&Self>) -> Option<Self> {
        let known = before.map_or(&[][..], |before| &before.findings);
        self.findings.retain(|finding| !known.iter().any(|known| is_same(known, finding)));
        (!self.findings.is_empty()).then_some(self)
    }
}

/// Whether both are the same rule that speaks against the same appointment, though its cause may say something else now:
/// other hours, or another capacity.
fn is_same(one: &Finding, other: &Finding) -> bool {
    let of_one_rule = matches!(
        one.reason,
        Reason::OutsideHours
            | Reason::SlotFull
            | Reason::TooShort
            | Reason::AgentInactive
            | Reason::TypeRetired
    );
    one.reason == other.reason && (of_one_rule || one.cause == other.cause)
}

/// The appointments in a range that stand against the rules as they are now, earliest first.
///
/// What passes by time (notice, horizon), the grid and the daily limit are no conflict: they speak against a new
/// appointment, and not against one that is there. `is_active` is whether the agent takes appointments at all.
pub fn conflicts(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    range: Interval,
    is_active: bool,
) -> Vec<Conflict> {
    let bookings = agent.stored_bookings().overlapping(range);
    bookings.filter_map(|booking| of_booking(agent, office, booking, is_active)).collect()
}

/// The same for one appointment; none if it fits, or is not in this calendar.
pub fn conflict_of(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    appointment_id: AppointmentId,
    is_active: bool,
) -> Option<Conflict> {
    of_booking(agent, office, agent.find_booking(appointment_id)?, is_active)
}

/// What the rules of its zone say against an appointment that is at this time, agreed on as this wall-clock time; none as
/// long as the clock shows it then, on whichever pass.
pub fn against_zone_rules(interval: Interval, local_start: NaiveDateTime, time_zone: Tz) -> Option<Finding> {
    zone::has_other_rules(time_zone, local_start, interval.start).then(|| {
        let start = zone::start_instant(time_zone, local_start);
        let end = start.checked_add_signed(interval.length()).unwrap_or(start);
        let cause = Cause::ZoneRules { local_start, time_zone, interval: Interval::new(start, end) };
        Finding { reason: Reason::ZoneRules, cause }
    })
}

fn of_booking(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    booking: &Booking,
    is_active: bool,
) -> Option<Conflict> {
    let interval = booking.interval();
    let mut findings = Vec::new();
    against_hours(agent, office, booking, &mut findings);
    let blocks = blocked(agent, office, interval);
    findings.extend(blocks.map(|block| Finding { reason: Reason::Blocked, cause: block.cause() }));
    let busy = agent.stored_busy().overlapping(interval);
    let busy =
        busy.map(|busy| Cause::ExternalBusy { busy_id: busy.busy_id.clone(), interval: busy.interval() });
    findings.extend(busy.map(|cause| Finding { reason: Reason::ExternalBusy, cause }));
    against_type(office, booking, &mut findings);
    if !is_active {
        findings.push(Finding { reason: Reason::AgentInactive, cause: Cause::AgentInactive });
    }
    findings.sort_by_key(|finding| finding.reason);
    (!findings.is_empty()).then_some(Conflict { appointment_id: booking.appointment_id, interval, findings })
}

/// The hours, and how many may share a slot in them.
fn against_hours(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    booking: &Booking,
    findings: &mut Vec<Finding>,
) {
    let interval = booking.interval();
    let start = interval.start.clamp(zone::SUPPORTED_RANGE.start, zone::SUPPORTED_RANGE.end);
    let local = LocalDay::around(agent.time_zone(), start);
    let day = Day::of(agent, office, Some(&booking.appointment_type), local, interval.end);
    if !day.encloses(interval) {
        findings.push(outside(&day));
        return;
    }
    let at_once = agent.stored_bookings().starting_at(interval.start);
    let sharing = at_once.filter(|other| other.claim().can_share_with(&booking.claim())).count();
    let capacity = day.capacity(interval);
    if sharing > usize::from(capacity) {
        let cause = Cause::Capacity { max_appointments_per_slot: capacity };
        findings.push(Finding { reason: Reason::SlotFull, cause });
    }
}

fn against_type(office: &OfficeCalendar, booking: &Booking, findings: &mut Vec<Finding>) {
    let Some((defined, is_retired)) = office.defined_type(&booking.appointment_type) else { return };
    if is_retired {
        let cause = Cause::RetiredType { appointment_type: defined.code.clone() };
        findings.push(Finding { reason: Reason::TypeRetired, cause });
    } else if booking.interval().length().num_minutes() < i64::from(defined.duration_minutes) {
        let cause = Cause::Length { duration_minutes: defined.duration_minutes };
        findings.push(Finding { reason: Reason::TooShort, cause });
    }
}
