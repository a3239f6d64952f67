//! The hours of one local date, and the slot starts within them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::AppointmentTypeCode;
use schemas::value::AvailabilityRule;

use crate::grid::{Grid, Stretch, grids};
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

/// The hours that matter for the slots of one agent that start on one local date.
///
/// Hours belong to the date on which they begin, though they may end on the next: the agent's own to a date in the
/// agent's zone, the office's to one in the office's, on which its rules apply. A date exception replaces all hours that
/// begin on its date in the agent's zone. Hours that overlap or touch are one, at midnight too; a slot belongs to the
/// date on which it starts.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) local: LocalDay,
    /// The hours that reach into the day, and those that follow without a gap, merged.
    pub(crate) open: IntervalSet,
    /// The grids of starts in the day.
    grids: Vec<Grid>,
    /// The interval of each rule behind the hours, and how many may share a slot in it.
    rules: Vec<(Interval, u16)>,
}

impl Day {
    /// The hours of a day for appointments of one type; without a type, of any. `until` is the latest end of a slot that
    /// starts in it.
    pub(crate) fn of(
        agent: &AgentCalendar,
        office: &OfficeCalendar,
        code: Option<&AppointmentTypeCode>,
        local: LocalDay,
        until: DateTime<Utc>,
    ) -> Self {
        let mut hours = HoursInForce::new(agent, office, code);
        let before = local.date.pred_opt().filter(|date| hours.has_own_over_midnight(*date));
        if let Some(before) = before.map(|date| LocalDay::of(agent.time_zone(), date)) {
            hours.gather(before);
        }
        hours.gather(local);
        let (mut open, mut gathered) = (hours.open(), local);
        // What begins later matters only where the hours of this day go on until then.
        while gathered.window.end < until
            && open.iter().any(|hours| hours.start < local.window.end && gathered.window.end <= hours.end)
            && let Some(next) = gathered.date.succ_opt()
        {
            gathered = LocalDay::of(agent.time_zone(), next);
            hours.gather(gathered);
            open = hours.open();
        }
        let grids = grids(&hours.own, &hours.theirs, local.window);
        Self { local, open, grids, rules: hours.rules }
    }

    /// Whether one interval of hours encloses the slot.
    pub(crate) fn encloses(&self, slot: Interval) -> bool {
        self.open.iter().any(|hours| hours.encloses(&slot))
    }

    /// The hours that reach into the day, merged, each from its beginning to its end.
    pub(crate) fn hours(&self) -> IntervalSet {
        let hours = self.rules.iter().map(|(interval, _)| *interval);
        hours.filter(|interval| interval.overlaps(&self.local.window)).collect()
    }

    /// How many appointments may share the slot: the most that any rule enclosing it allows.
    pub(crate) fn capacity(&self, slot: Interval) -> u16 {
        let around = self.rules.iter().filter(|(interval, _)| interval.encloses(&slot));
        around.map(|(_, capacity)| *capacity).max().unwrap_or(1)
    }

    /// The grid that has the instant, if there are hours then.
    pub(crate) fn grid_at(&self, instant: DateTime<Utc>) -> Option<&Grid> {
        self.grids.iter().find(|grid| grid.within.contains(instant))
    }

    /// All starts of the grid in the window, whether or not a slot fits there.
    pub(crate) fn grid(&self, step: TimeDelta, window: Interval) -> impl Iterator<Item = DateTime<Utc>> {
        self.grids.iter().flat_map(move |grid| {
            let within = grid.within.intersection(&window);
            let first = grid.first_from(within.start, step);
            std::iter::successors(Some(first), move |start| Some(*start + step))
                .take_while(move |start| *start < within.end)
        })
    }

    /// The slot starts in the window: those of the grid where `length` fits.
    pub(crate) fn starts(
        &self,
        length: TimeDelta,
        step: TimeDelta,
        window: Interval,
    ) -> impl Iterator<Item = DateTime<Utc>> {
        self.grid(step, window).filter(move |start| self.encloses(Interval::new(*start, *start + length)))
    }
}

/// The hours that apply to an agent, gathered day by day, in order.
struct HoursInForce<'a> {
    agent: &'a AgentCalendar,
    office: &'a OfficeCalendar,
    code: Option<&'a AppointmentTypeCode>,
    rules: Vec<(Interval, u16)>,
    own: Vec<Stretch>,
    theirs: Vec<Stretch>,
    /// The last date of the office that was gathered.
    last_of_office: Option<NaiveDate>,
}

impl<'a> HoursInForce<'a> {
    fn new(
        agent: &'a AgentCalendar,
        office: &'a OfficeCalendar,
        code: Option<&'a AppointmentTypeCode>,
    ) -> Self {
        let (rules, own, theirs) = (Vec::new(), Vec::new(), Vec::new());
        Self { agent, office, code, rules, own, theirs, last_of_office: None }
    }

    fn open(&self) -> IntervalSet {
        self.rules.iter().map(|(interval, _)| *interval).collect()
    }

    /// Whether hours of the agent's own that begin on the date end on the next.
    fn has_own_over_midnight(&self, date: NaiveDate) -> bool {
        match self.agent.exception(date) {
            Some(exception) => exception
                .intervals
                .iter()
                .any(|hours| rule::is_over_midnight(hours.start_time, hours.end_time)),
            None => has_over_midnight(self.agent.rules(), date, self.code),
        }
    }

    /// Adds the agent's own hours that begin in the day, and the office's that reach into it.
    fn gather(&mut self, local: LocalDay) {
        // No hours begin on a date that the zone skipped.
        if local.window.is_empty() {
            return;
        }
        let (tz, date) = (self.agent.time_zone(), local.date);
        let known = self.rules.len();
        if let Some(exception) = self.agent.exception(date) {
            let hours = exception.intervals.iter();
            let hours = hours.map(|hours| zone::wall_interval(tz, date, hours.start_time, hours.end_time));
            self.rules.extend(hours.map(|interval| (interval, 1)));
        } else {
            let own = self.agent.rules().filter(|rule| rule::applies(rule, date, self.code));
            self.rules.extend(own.map(|rule| read(rule, tz, date)));
        }
        let own: IntervalSet = self.rules[known..].iter().map(|(interval, _)| *interval).collect();
        self.own.extend(own.into_iter().map(|interval| Stretch { interval, date }));
        if self.agent.inherits_office_hours() {
            self.gather_office(local);
        }
    }

    fn gather_office(&mut self, local: LocalDay) {
        let tz = self.office.time_zone();
        let mut days = days_in(tz, local.window).peekable();
        let before = days.peek().and_then(|first| first.date.pred_opt());
        let before = before.filter(|date| has_over_midnight(self.office.rules(), *date, self.code));
        let days = before.map(|date| LocalDay::of(tz, date)).into_iter().chain(days);
        for LocalDay { date, window } in days {
            if window.is_empty() || self.last_of_office.is_some_and(|last| date <= last) {
                continue;
            }
            self.last_of_office = Some(date);
            let rules = self.office.rules().filter(|rule| rule::applies(rule, date, self.code));
            let rules: Vec<_> = rules.map(|rule| read(rule, tz, date)).collect();
            let hours: IntervalSet = rules.iter().map(|(interval, _)| *interval).collect();
            for interval in hours {
                let date = if local.window.contains(interval.start) {
                    local.date
                } else {
                    LocalDay::around(self.agent.time_zone(), interval.start).date
                };
                if self.agent.exception(date).is_none() {
                    self.theirs.push(Stretch { interval, date });
                    self.rules.extend(rules.iter().filter(|(rule, _)| interval.encloses(rule)));
                }
            }
        }
    }
}

fn read(rule: &AvailabilityRule, tz: Tz, date: NaiveDate) -> (Interval, u16) {
    let interval = zone::wall_interval(tz, date, rule.start_time, rule.end_time);
    (interval, rule.max_appointments_per_slot.max(1))
}

fn has_over_midnight<'r>(
    mut rules: impl Iterator<Item = &'r AvailabilityRule>,
    date: NaiveDate,
    code: Option<&AppointmentTypeCode>,
) -> bool {
    rules
        .any(|rule| rule::is_over_midnight(rule.start_time, rule.end_time) && rule::applies(rule, date, code))
}

/// The zone's days that overlap a non-empty interval, in order.
pub(crate) fn days_in(tz: Tz, interval: Interval) -> impl Iterator<Item = LocalDay> {
    let first = LocalDay::around(tz, interval.start);
    std::iter::successors(Some(first), move |day| day.date.succ_opt().map(|next| LocalDay::of(tz, next)))
        .take_while(move |day| day.window.start < interval.end)
}
