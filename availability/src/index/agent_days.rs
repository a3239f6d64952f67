use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock};

use super::Kind;
use super::bits::{BitDay, UtcDay};
use super::day_map::{DayMap, IndexedDay};
use super::day_template::{DayTemplate, Pool};
use crate::claim::Claim;
use crate::{AgentCalendar, Interval, OfficeCalendar};

/// The days of one agent by type, in the order of the index's types. A day is computed when first needed and kept up to
/// date from then on.
#[derive(Debug, Default)]
pub(super) struct AgentDays(RwLock<Vec<DayMap>>);

/// Everything that the days of an agent are computed from.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) agent: &'a AgentCalendar,
    pub(super) office: &'a OfficeCalendar,
    pub(super) kinds: &'a [Kind],
}

impl Clone for AgentDays {
    fn clone(&self) -> Self {
        Self(RwLock::new(self.0.read().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

impl AgentDays {
    /// Calls `look` with one day of the type at this place in the list; computes the day if it is missing.
    pub(super) fn with<R>(
        &self,
        plan: Plan<'_>,
        pool: &Pool,
        kind: usize,
        day: UtcDay,
        look: impl FnOnce(&IndexedDay) -> R,
    ) -> R {
        // A panic elsewhere can at worst have left out a day, which is then computed again.
        let days = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = days.get(kind).and_then(|days| days.get(day)) {
            return look(known);
        }
        drop(days);
        let template = DayTemplate::compute(
            plan.agent,
            plan.office,
            &plan.kinds[kind].kind,
            &plan.kinds[kind].footprint,
            day,
        );
        let computed = IndexedDay { template: pool.share(template), taken: taken(plan, kind, day) };
        let answer = look(&computed);
        let mut days = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if days.len() <= kind {
            days.resize_with(kind + 1, DayMap::default);
        }
        days[kind].insert(day, computed);
        answer
    }

    /// Whether the day has been computed.
    pub(super) fn knows(&self, kind: usize, day: UtcDay) -> bool {
        let days = self.0.read().unwrap_or_else(PoisonError::into_inner);
        days.get(kind).is_some_and(|days| days.get(day).is_some())
    }

    /// Adds days that were computed elsewhere, each with its taken starts.
    pub(super) fn know(
        &mut self,
        kind: usize,
        known: impl IntoIterator<Item = (UtcDay, Arc<DayTemplate>, BitDay)>,
    ) {
        let days = self.lists();
        if days.len() <= kind {
            days.resize_with(kind + 1, DayMap::default);
        }
        for (day, template, taken) in known {
            days[kind].insert(day, IndexedDay { template, taken });
        }
    }

    /// Those of `count` days from `first` on that may have a free start, bit 0 for the first: days not computed yet,
    /// and computed ones that are not full.
    pub(super) fn offering(&self, kind: usize, first: UtcDay, count: i64) -> u32 {
        let days = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(days) = days.get(kind) else { return u32::MAX };
        (0..count).fold(0, |offering, number| {
            let full = days.get(UtcDay(first.0 + number)).is_some_and(IndexedDay::is_full);
            offering | u32::from(!full) << number
        })
    }

    /// Takes the starts that a new appointment rules out.
    pub(super) fn claimed(&mut self, kinds: &[Kind], claim: &Claim<'_>, visit: bool) {
        for (kind, days) in self.by_kind(kinds) {
            let excluded = kind.footprint.excluded_by(claim, visit);
            for (day, known) in days.known_in(excluded.days()) {
                excluded.mark_on(&mut known.taken, day);
            }
        }
    }

    /// Takes the starts that new external busy time rules out.
    pub(super) fn busied(&mut self, kinds: &[Kind], busy: Interval) {
        for (kind, days) in self.by_kind(kinds) {
            let excluded = kind.footprint.excluded_by_busy(busy);
            for (day, known) in days.known_in(excluded.days()) {
                excluded.mark_on(&mut known.taken, day);
            }
        }
    }

    /// Recomputes the taken starts of the days that a removed entry touched.
    pub(super) fn freed(&mut self, plan: Plan<'_>, shadow_days: impl Fn(&Kind) -> RangeInclusive<i64>) {
        for (at, days) in self.lists().iter_mut().enumerate().take(plan.kinds.len()) {
            for (day, known) in days.known_in(shadow_days(&plan.kinds[at])) {
                known.taken = taken(plan, at, day);
            }
        }
    }

    /// Drops the days that a change of a block in the interval can affect.
    pub(super) fn replanned(&mut self, kinds: &[Kind], interval: Interval) {
        for (kind, days) in self.by_kind(kinds) {
            days.forget(kind.footprint.excluded_by_busy(interval).days());
        }
    }

    /// Drops all days.
    pub(super) fn clear(&mut self) {
        self.lists().clear();
    }

    /// Drops the days before this one.
    pub(super) fn drop_before(&mut self, day: UtcDay) {
        self.lists().iter_mut().for_each(|days| days.drop_before(day));
    }

    fn lists(&mut self) -> &mut Vec<DayMap> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn by_kind<'k>(&'k mut self, kinds: &'k [Kind]) -> impl Iterator<Item = (&'k Kind, &'k mut DayMap)> {
        kinds.iter().zip(self.lists())
    }
}

/// The starts of a day that appointments and external busy time rule out.
fn taken(plan: Plan<'_>, kind: usize, day: UtcDay) -> BitDay {
    let footprint = &plan.kinds[kind].footprint;
    let around = footprint.around(day.window());
    let mut taken = BitDay::default();
    for booking in plan.agent.stored_bookings().near(around) {
        let visit = plan.office.is_at_property(&booking.appointment_type);
        footprint.excluded_by(&booking.claim(), visit).mark_on(&mut taken, day);
    }
    for busy in plan.agent.stored_busy().near(around) {
        footprint.excluded_by_busy(busy.interval()).mark_on(&mut taken, day);
    }
    taken
}
