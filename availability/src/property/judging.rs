//! What speaks against a visit of a property.

use crate::day::{LocalDay, days_in};
use crate::showing::{ShowingAgent, same_name};
use crate::slot::{Cause, Finding, OnFinding, Reason, all_findings, first_reason};
use crate::{AgentCalendar, Interval, IntervalSet, rule, zone};
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use schemas::BlockId;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::{Overlap, PropertyCalendar, PropertyVisit, WantedVisit};

impl PropertyCalendar {
    /// Whether this agent may show it: one of those named, or else one who works in its comuna or region, or everywhere.
    pub fn may_be_shown_by(&self, agent: ShowingAgent<'_>) -> bool {
        if !self.agent_ids.is_empty() {
            return self.agent_ids.contains(agent.agent_id);
        }
        agent.places.is_empty()
            || agent.places.iter().any(|place| self.places.iter().any(|own| same_name(own, place)))
    }

    /// The same of the agent whose calendar this is; a calendar that was not told whose it is may show any.
    pub fn may_be_shown_in(&self, calendar: &AgentCalendar) -> bool {
        calendar.as_showing().is_none_or(|agent| self.may_be_shown_by(agent))
    }

    /// What speaks against the agent whose calendar this is, at whatever time.
    pub fn findings_of_agent(&self, calendar: &AgentCalendar) -> Vec<Finding> {
        all_findings(|on_finding| self.find_agent(calendar.as_showing(), on_finding))
    }

    /// Whether a visit is possible, or else the first reason why not, in the order of [`Reason`].
    pub fn judge(&self, visit: &WantedVisit<'_>, now: DateTime<Utc>) -> Result<(), Reason> {
        first_reason(|on_finding| self.find_against(visit, now, on_finding))
    }

    /// All that speaks against a visit, in the order of [`Reason`]; empty if nothing does.
    pub fn findings(&self, visit: &WantedVisit<'_>, now: DateTime<Utc>) -> Vec<Finding> {
        all_findings(|on_finding| self.find_against(visit, now, on_finding))
    }

    /// Breaks as soon as `on_finding` does.
    pub(crate) fn find_against(
        &self,
        visit: &WantedVisit<'_>,
        now: DateTime<Utc>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<()> {
        if visit.is_visit {
            self.find_closed(visit.interval, now, on_finding)?;
            self.find_busy(visit, now, on_finding)?;
            self.find_limits(visit, now, on_finding)?;
        }
        self.find_agent(visit.agent, on_finding)
    }

    fn find_agent(&self, agent: Option<ShowingAgent<'_>>, on_finding: OnFinding<'_>) -> ControlFlow<()> {
        if agent.is_some_and(|agent| !self.may_be_shown_by(agent)) {
            let agent_ids = self.agent_ids.iter().cloned().collect();
            on_finding(Finding {
                reason: Reason::AgentNotForProperty,
                cause: Cause::ShowingAgents { agent_ids },
            })?;
        }
        ControlFlow::Continue(())
    }

    fn find_closed(
        &self,
        interval: Interval,
        now: DateTime<Utc>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<()> {
        let mut closed = |cause| on_finding(Finding { reason: Reason::PropertyClosed, cause });
        if !self.active {
            closed(Cause::PropertyWithdrawn)?;
        }
        let earliest = self.earliest(now);
        if interval.start < earliest {
            closed(Cause::Notice { earliest })?;
        }
        if !zone::SUPPORTED_RANGE.contains(interval.start) {
            return closed(Cause::VisitHours { hours: Vec::new() });
        }
        let hours = self.hours_in(interval);
        if !hours.iter().any(|open| open.encloses(&interval)) {
            closed(Cause::VisitHours { hours: hours.into() })?;
        }
        for (block_id, blocked) in
            self.blocked_in(interval).filter(|(_, blocked)| blocked.overlaps(&interval))
        {
            closed(Cause::PropertyBlock { block_id, interval: blocked })?;
        }
        ControlFlow::Continue(())
    }

    fn find_busy(
        &self,
        visit: &WantedVisit<'_>,
        now: DateTime<Utc>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<()> {
        if self.has_room_for(visit, now) {
            return ControlFlow::Continue(());
        }
        for other in self.beside(visit, visit.interval, now) {
            let cause = Cause::Visit { interval: other.interval() };
            on_finding(Finding { reason: Reason::PropertyBusy, cause })?;
        }
        ControlFlow::Continue(())
    }

    /// Whether it may have the visit beside those that it has at the same time.
    pub(crate) fn has_room_for(&self, visit: &WantedVisit<'_>, now: DateTime<Utc>) -> bool {
        let Some(most) = self.simultaneous_visits() else { return true };
        let there: Vec<_> = self.beside(visit, visit.interval, now).collect();
        there.iter().any(|other| visit.is_one_with(other)) || most_at_once(&there, visit.interval) < most
    }

    fn find_limits(
        &self,
        visit: &WantedVisit<'_>,
        now: DateTime<Utc>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<()> {
        let mut others = self.beside(visit, visit.interval, now);
        if !zone::SUPPORTED_RANGE.contains(visit.interval.start)
            || others.any(|other| visit.is_one_with(other))
        {
            return ControlFlow::Continue(());
        }
        let date = LocalDay::around(self.time_zone, visit.interval.start).date;
        for (within, limit) in self.limits_of(date) {
            let there = self.beside(visit, within, now).filter(|other| within.contains(other.start));
            if different(there) >= usize::from(limit) {
                let cause = Cause::VisitCap { within, limit };
                on_finding(Finding { reason: Reason::PropertyLimit, cause })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The live visits that overlap the window, but for the one that is moved.
    fn beside<'a>(
        &'a self,
        visit: &'a WantedVisit<'_>,
        window: Interval,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &'a PropertyVisit> {
        let there = self.visits.overlapping(window);
        there.filter(move |other| other.is_live(now) && !visit.is_moving(other))
    }

    /// The earliest start that its notice allows.
    pub(crate) fn earliest(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_signed(TimeDelta::minutes(self.notice_minutes.into()))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// How many visits may be there at once; none = any number.
    pub(crate) fn simultaneous_visits(&self) -> Option<usize> {
        match self.overlap {
            Overlap::Exclusive => Some(1),
            Overlap::Shared { simultaneous_visits } => Some(usize::from(simultaneous_visits.max(1))),
            Overlap::Announced => None,
        }
    }

    /// The day and the week of a date, each with how many visits it may have; those that may have any number left out.
    pub(crate) fn limits_of(&self, date: NaiveDate) -> impl Iterator<Item = (Interval, u16)> {
        let of_day = self.caps.per_day.map(|limit| (zone::day(self.time_zone, date), limit));
        let of_week = self.caps.per_week.and_then(|limit| {
            let monday = date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into()))?;
            let next = monday.checked_add_days(Days::new(7))?;
            let [begin, end] = [monday, next].map(|date| zone::day(self.time_zone, date).start);
            Some((Interval::new(begin, end), limit))
        });
        of_day.into_iter().chain(of_week)
    }

    /// When it can be visited by hours and blocks alone, around a range: each interval that overlaps it, as far as it
    /// reaches there or a day beyond.
    pub(crate) fn open_in(&self, range: Interval) -> IntervalSet {
        if !self.active {
            return IntervalSet::default();
        }
        let blocked: IntervalSet = self.blocked_in(range).map(|(_, interval)| interval).collect();
        self.hours_in(range).subtract(&blocked)
    }

    /// How many live visits start in the range.
    pub(crate) fn visits_in(&self, range: Interval, now: DateTime<Utc>) -> usize {
        different(self.visits_near(range, now).filter(|visit| range.contains(visit.start)))
    }

    /// The visits that may count for starts in the range.
    pub(crate) fn visits_near(
        &self,
        range: Interval,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &PropertyVisit> {
        self.visits.overlapping(range).filter(move |visit| visit.is_live(now))
    }

    fn blocked_in(&self, range: Interval) -> impl Iterator<Item = (BlockId, Interval)> {
        self.blocks.in_range(self.time_zone, range, |_| true)
    }

    /// The hours that begin on the dates of the range and on the date before.
    fn hours_in(&self, range: Interval) -> IntervalSet {
        let days = days_in(self.time_zone, range);
        let first = LocalDay::around(self.time_zone, range.start).date.pred_opt();
        let before = first.map(|date| LocalDay::of(self.time_zone, date));
        let days = before.into_iter().chain(days).filter(|day| !day.window.is_empty());
        days.flat_map(|day| self.hours_of(day)).collect()
    }

    /// The hours that begin on a date.
    fn hours_of(&self, LocalDay { date, window }: LocalDay) -> Vec<Interval> {
        let read = |start, end| zone::wall_interval(self.time_zone, date, start, end);
        if let Some(exception) = self.exceptions.get(&date) {
            return exception.intervals.iter().map(|hours| read(hours.start_time, hours.end_time)).collect();
        }
        if self.rules.is_empty() {
            return vec![window];
        }
        let rules = self.rules.values().filter(|rule| rule::applies(rule, date, None));
        rules.map(|rule| read(rule.start_time, rule.end_time)).collect()
    }
}

/// How many different visits there are at one instant of the interval at the most.
fn most_at_once(visits: &[&PropertyVisit], interval: Interval) -> usize {
    let at = |instant| different(visits.iter().copied().filter(|visit| visit.interval().contains(instant)));
    // The number grows only where one of them starts.
    let starts = visits.iter().map(|visit| visit.start.max(interval.start));
    starts.filter(|start| interval.contains(*start)).map(at).max().unwrap_or(0)
}

/// How many visits they are, those that share a slot counted once.
fn different<'v>(visits: impl Iterator<Item = &'v PropertyVisit>) -> usize {
    visits.map(PropertyVisit::slot).collect::<BTreeSet<_>>().len()
}
