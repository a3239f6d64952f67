//! Whether a slot is free, why not, and which slots are free.

use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};

use crate::blocked::Blocked;
use crate::day::LocalDay;
use crate::slot::{Cause, Finding, Reason, Slot, SlotQuery, SlotRequest};
use crate::slot_rules::{OnFinding, SlotRules};
use crate::{AgentCalendar, Interval, OfficeCalendar, zone};

/// How many days before and after the wished start [`nearest`] searches.
const NEAREST_DAYS: i64 = 14;

/// Returns the slot if it is free, otherwise the first reason why it is not.
///
/// [`slots`] applies the same rules: it returns exactly the starts for which this returns `Ok`. A type that the office
/// does not have in use has no hours, so this returns `OutsideHours`; to tell the two apart, call
/// [`OfficeCalendar::appointment_type`] first.
pub fn check(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Result<Slot, Reason> {
    first_reason(|on_finding| judge(agent, office, request, now, on_finding))
}

/// All reasons why a slot is not free, in the order of [`Reason`]; empty when it is.
pub fn explain(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    all_findings(|on_finding| judge(agent, office, request, now, on_finding))
}

/// What the judgement of a slot comes to, or the first reason that it finds against it.
pub(crate) fn first_reason<T>(judge: impl FnOnce(OnFinding<'_>) -> ControlFlow<(), T>) -> Result<T, Reason> {
    let mut first = Reason::OutsideHours;
    let judged = judge(&mut |finding| {
        first = finding.reason;
        ControlFlow::Break(())
    });
    match judged {
        ControlFlow::Continue(free) => Ok(free),
        ControlFlow::Break(()) => Err(first),
    }
}

/// Everything that the judgement of a slot finds against it.
pub(crate) fn all_findings(judge: impl FnOnce(OnFinding<'_>) -> ControlFlow<(), Slot>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let _ = judge(&mut |finding| {
        findings.push(finding);
        ControlFlow::Continue(())
    });
    findings
}

pub(crate) fn judge(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
    on_finding: OnFinding<'_>,
) -> ControlFlow<(), Slot> {
    let Some(slot_rules) = SlotRules::new(agent, office, request, now) else {
        on_finding(Finding { reason: Reason::OutsideHours, cause: Cause::UnknownType })?;
        return ControlFlow::Break(());
    };
    if !zone::SUPPORTED_RANGE.contains(request.start) {
        on_finding(if request.start < now {
            Finding { reason: Reason::Past, cause: Cause::Past { now } }
        } else {
            let last_date = slot_rules.last_date();
            Finding { reason: Reason::BeyondHorizon, cause: Cause::Horizon { last_date } }
        })?;
        return ControlFlow::Break(());
    }
    let slot = Interval::new(request.start, request.start + slot_rules.length());
    let day = slot_rules.day(LocalDay::around(agent.time_zone(), slot.start), slot.end);
    slot_rules.judge(slot, &day, slot_rules.blocks(slot), on_finding)
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
        duration_minutes: None,
    };
    let Some(slot_rules) = SlotRules::new(agent, office, &request, now) else { return Vec::new() };
    slots_in(&slot_rules, Interval::new(query.from, query.to), query.limit)
}

/// The free slots nearest to the wished start, within 14 days of it: nearest start first, the earlier of two equally
/// near.
///
/// If the wished slot itself is free, it comes first.
pub fn nearest(
    agent: &AgentCalendar,
    office: &OfficeCalendar,
    request: &SlotRequest<'_>,
    now: DateTime<Utc>,
    count: usize,
) -> Vec<Slot> {
    let slot_rules = SlotRules::new(agent, office, request, now).filter(|_| count > 0);
    let Some(slot_rules) = slot_rules else { return Vec::new() };
    let wished = request.start.clamp(zone::SUPPORTED_RANGE.start, zone::SUPPORTED_RANGE.end);
    let mut found: Vec<Slot> = Vec::new();
    for ring in 0..NEAREST_DAYS {
        let (inner, outer) = (TimeDelta::days(ring), TimeDelta::days(ring + 1));
        // Half-open on the same side, so a start exactly `outer` away is in this ring only if it is the earlier one.
        let before = Interval::new(wished - outer, wished - inner);
        let after = Interval::new(wished + inner, wished + outer);
        found.extend(slots_in(&slot_rules, before, usize::MAX));
        found.extend(slots_in(&slot_rules, after, usize::MAX));
        if found.len() >= count {
            break;
        }
    }
    found.sort_by_key(|slot| ((slot.start - wished).abs(), slot.start));
    found.truncate(count);
    found
}

/// The starts that notice and horizon allow.
pub(crate) fn bookable(slot_rules: &SlotRules<'_>) -> Interval {
    Interval::new(slot_rules.earliest(), zone::day(slot_rules.agent.time_zone(), slot_rules.last_date()).end)
}

/// The free slots that start in the range, earliest first.
pub(crate) fn slots_in(slot_rules: &SlotRules<'_>, range: Interval, limit: usize) -> Vec<Slot> {
    let tz = slot_rules.agent.time_zone();
    let range = range.intersection(&bookable(slot_rules)).intersection(&zone::SUPPORTED_RANGE);
    let mut found = Vec::new();
    if range.is_empty() || limit == 0 {
        return found;
    }
    let mut local = LocalDay::around(tz, range.start);
    loop {
        if local.window.start >= range.end {
            return found;
        }
        let reached = Interval::new(local.window.start, local.window.end + slot_rules.length());
        let day = slot_rules.day(local, reached.end);
        let blocks: Vec<Blocked> =
            if day.open.is_empty() { Vec::new() } else { slot_rules.blocks(reached).collect() };
        for start in day.starts(slot_rules.length(), slot_rules.step(), range) {
            let slot = Interval::new(start, start + slot_rules.length());
            // The range is of starts that time allows.
            let judged =
                slot_rules.judge_place(slot, &day, blocks.iter().copied(), &mut |_| ControlFlow::Break(()));
            if let ControlFlow::Continue(slot) = judged {
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
