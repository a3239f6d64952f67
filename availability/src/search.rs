use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};

use crate::day::LocalDay;
use crate::inquiry::{Blocked, Inquiry};
use crate::slot::{Cause, Finding, Reason, Slot, SlotQuery, SlotRequest};
use crate::{AgentCalendar, Interval, OfficeCalendar, zone};

/// How many days before and after the wished start [`nearest`] looks.
const NEAREST_DAYS: i64 = 14;

/// Whether a slot is free; if not, the first reason against it.
///
/// The same rules make what [`slots`] offers: it offers exactly the starts for which this answers `Ok`. A type that
/// the office does not have in use has no hours, so it answers `OutsideHours`; a caller that wants to tell the two
/// apart asks [`OfficeCalendar::appointment_type`] first.
pub fn check(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Result<Slot, Reason> {
    let mut first = Reason::OutsideHours;
    let free = weigh(agent, office, request, now, &mut |finding| {
        first = finding.reason;
        ControlFlow::Break(())
    });
    match free {
        ControlFlow::Continue(slot) => Ok(slot),
        ControlFlow::Break(()) => Err(first),
    }
}

/// Everything that speaks against a slot, in the order of [`Reason`]; empty when it is free.
pub fn explain(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let _ = weigh(agent, office, request, now, &mut |finding| {
        findings.push(finding);
        ControlFlow::Continue(())
    });
    findings
}

fn weigh(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
    sink: &mut dyn FnMut(Finding) -> ControlFlow<()>,
) -> ControlFlow<(), Slot> {
    let never = |cause| Finding { reason: Reason::OutsideHours, cause };
    let Some(inquiry) = Inquiry::new(agent, office, request, now) else {
        sink(never(Cause::UnknownType))?;
        return ControlFlow::Break(());
    };
    if !zone::REACH.contains(request.start) {
        sink(never(Cause::Hours { hours: Vec::new() }))?;
        return ControlFlow::Break(());
    }
    let slot = Interval::new(request.start, request.start + inquiry.length());
    let day = inquiry.day(LocalDay::around(agent.time_zone(), slot.start));
    inquiry.weigh(slot, &day, inquiry.blocks(slot), sink)
}

/// The free slots that start in the query's range, earliest first.
pub fn slots(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    query: &SlotQuery<'_>,
    now: DateTime<Utc>,
) -> Vec<Slot> {
    let request = SlotRequest {
        appointment_type: query.appointment_type,
        start: query.from,
        property_id: query.property_id,
        lead_id: query.lead_id,
        moving: None,
    };
    let Some(inquiry) = Inquiry::new(agent, office, &request, now) else { return Vec::new() };
    slots_in(&inquiry, Interval::new(query.from, query.to), query.limit)
}

/// The free slots nearest to the wished start, within 14 days of it: nearest start first, of two as near the earlier.
///
/// If the wished slot itself is free, it comes first.
pub fn nearest(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
    count: usize,
) -> Vec<Slot> {
    let Some(inquiry) = Inquiry::new(agent, office, request, now) else { return Vec::new() };
    let wished = request.start.clamp(zone::REACH.start, zone::REACH.end);
    let mut found: Vec<Slot> = Vec::new();
    for ring in 0..NEAREST_DAYS {
        let (inner, outer) = (TimeDelta::days(ring), TimeDelta::days(ring + 1));
        // Half-open on the same side, so a start exactly `outer` away is in this ring only if it is the earlier one.
        let before = Interval::new(wished - outer, wished - inner);
        let after = Interval::new(wished + inner, wished + outer);
        found.extend(slots_in(&inquiry, before, usize::MAX));
        found.extend(slots_in(&inquiry, after, usize::MAX));
        if found.len() >= count {
            break;
        }
    }
    found.sort_by_key(|slot| ((slot.start - wished).abs(), slot.start));
    found.truncate(count);
    found
}

/// When notice and horizon let the type start.
pub(crate) fn bookable(inquiry: &Inquiry<'_>) -> Interval {
    Interval::new(inquiry.earliest(), zone::day(inquiry.agent.time_zone(), inquiry.last_date()).end)
}

/// The free slots that start in the range, earliest first.
pub(crate) fn slots_in(inquiry: &Inquiry<'_>, range: Interval, limit: usize) -> Vec<Slot> {
    let tz = inquiry.agent.time_zone();
    let range = range.intersection(&bookable(inquiry)).intersection(&zone::REACH);
    let mut found = Vec::new();
    if range.is_empty() || limit == 0 {
        return found;
    }
    let mut local = LocalDay::around(tz, range.start);
    loop {
        if local.window.start >= range.end {
            return found;
        }
        let day = inquiry.day(local);
        let blocks: Vec<Blocked> =
            if day.open.is_empty() { Vec::new() } else { inquiry.blocks(local.window).collect() };
        for start in day.starts(inquiry.length(), inquiry.step(), range) {
            let slot = Interval::new(start, start + inquiry.length());
            let weighed = inquiry.weigh(slot, &day, blocks.iter().copied(), &mut |_| ControlFlow::Break(()));
            if let ControlFlow::Continue(slot) = weighed {
                found.push(slot);
                if found.len() == limit {
                    return found;
                }
            }
        }
        let Some(next) = local.date.succ_opt() else { return found };
        local = LocalDay::of(tz, next);
    }
}
