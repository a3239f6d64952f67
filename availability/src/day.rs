//! The hours of one local date, and the slot starts within them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::AppointmentTypeCode;
use schemas::value::AvailabilityRule;

use crate::{AgentCalendar, Interval, IntervalSet, OfficeCalendar, rule, zone};

/// A date in a zone, with the instants at which it begins and ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalDay {
    pub(crate) date: NaiveDate,
    /// From the first instant of the date up to the first of the next.
    pub(crate) window: Interval,
}

impl LocalDay {
    pub(crate) fn of(tz: Tz, date: NaiveDate) -> Self {
        Self { date, window: zone::day(tz, date) }
    }

    /// The day that contains the instant.
    pub(crate) fn around(tz: Tz, instant: DateTime<Utc>) -> Self {
        let shown = Self::of(tz, zone::local_date(tz, instant));
        // A zone that sets its clock back over midnight shows a date for a while, then the date before it again.
        let neighbour = if instant < shown.window.start {
            shown.date.pred_opt()
        } else if instant >= shown.window.end {
            shown.date.succ_opt()
        } else {
            None
        };
        neighbour.map_or(shown, |date| Self::of(tz, date))
    }
}

/// The hours of one local date of one agent.
///
/// Days begin at midnight in the agent's zone, and the hours of each are computed separately: the agent's rules for
/// that date, and the part of the office's hours that falls into that day. The office's rules apply to the office's
/// dates in the office's zone. Hours never cross the agent's midnight, so a slot lies in one date. A date exception
/// replaces all hours of its day.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) local: LocalDay,
    /// The hours, with overlapping and touching intervals merged. The grid of starts restarts in each.
    pub(crate) open: IntervalSet,
    /// The interval of each rule behind the hours, not clipped to the day, and how many may share a slot in it.
    rules: Vec<(Interval, u16)>,
}

impl Day {
    /// The hours of a day for appointments of one type; without a type, of any.
    pub(crate) fn of(
        agent: &AgentCalendar,
        office: &OfficeCalendar,
        code: Option<&AppointmentTypeCode>,
        local: LocalDay,
    ) -> Self {
        let LocalDay { date, window } = local;
        let mut rules = Vec::new();
        if let Some(exception) = agent.exception(date) {
            rules.extend(exception.intervals.iter().map(|hours| {
                (zone::wall_interval(agent.time_zone(), date, hours.start_time, hours.end_time), 1)
            }));
        } else if !window.is_empty() {
            let read = |rule: &AvailabilityRule, tz, date| {
                let interval = zone::wall_interval(tz, date, rule.start_time, rule.end_time);
                (interval, rule.max_appointments_per_slot.max(1))
            };
            let own = agent.rules().filter(|rule| rule::applies(rule, date, code));
            rules.extend(own.map(|rule| read(rule, agent.time_zone(), date)));
            if agent.inherits_office_hours() {
                let tz = office.time_zone();
                for LocalDay { date, .. } in days_in(tz, window) {
                    let theirs = office.rules().filter(|rule| rule::applies(rule, date, code));
                    rules.extend(theirs.map(|rule| read(rule, tz, date)));
                }
            }
        }
        let open = rules.iter().map(|(interval, _)| interval.intersection(&window)).collect();
        Self { local, open, rules }
    }

    /// The interval of hours that encloses the slot.
    pub(crate) fn hours_around(&self, slot: Interval) -> Option<Interval> {
        self.open.iter().find(|hours| hours.encloses(&slot)).copied()
    }

    /// How many appointments may share the slot: the most that any rule enclosing it allows.
    pub(crate) fn capacity(&self, slot: Interval) -> u16 {
        let around = self.rules.iter().filter(|(interval, _)| interval.encloses(&slot));
        around.map(|(_, capacity)| *capacity).max().unwrap_or(1)
    }

    /// The slot starts in the window: `step` apart from the beginning of each interval of hours, where `length` fits.
    pub(crate) fn starts(
        &self,
        length: TimeDelta,
        step: TimeDelta,
        window: Interval,
    ) -> impl Iterator<Item = DateTime<Utc>> {
        self.open.iter().flat_map(move |hours| {
            let behind = (window.start - hours.start).max(TimeDelta::zero()).num_seconds();
            let step_seconds = step.num_seconds();
            let first =
                hours.start + TimeDelta::seconds((behind + step_seconds - 1) / step_seconds * step_seconds);
            let end = hours.end;
            std::iter::successors(Some(first), move |start| Some(*start + step))
                .take_while(move |start| *start + length <= end && *start < window.end)
                .filter(move |start| window.start <= *start)
        })
    }
}

/// The zone's days that overlap a non-empty interval, in order.
pub(crate) fn days_in(tz: Tz, interval: Interval) -> impl Iterator<Item = LocalDay> {
    let first = LocalDay::around(tz, interval.start);
    std::iter::successors(Some(first), move |day| day.date.succ_opt().map(|next| LocalDay::of(tz, next)))
        .take_while(move |day| day.window.start < interval.end)
}
