//! One query of the index: which starts are free for certain, and which the exact rules have to check.

use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};

use super::agent_days::Plan;
use super::bits::{BITS, BitDay, UtcDay};
use super::day_map::IndexedDay;
use super::day_template::Pool;
use super::free_days::FreeDay;
use super::wanted::Wanted;
use super::{IndexedAgent, Kind, SlotIndex};
use crate::claim::Claim;
use crate::day::{LocalDay, days_in};
use crate::slot::{Slot, SlotQuery, SlotRequest};
use crate::slot_rules::SlotRules;
use crate::{Booking, Hold, Interval, OfficeCalendar, search};

/// The part of a query that is the same for every agent.
pub(super) struct IndexQuery<'a> {
    office: &'a OfficeCalendar,
    kinds: &'a [Kind],
    pool: &'a Pool,
    /// The type's place in `kinds`.
    at: usize,
    query: &'a SlotQuery<'a>,
    now: DateTime<Utc>,
}

/// Units of work for computing a day, besides its grid and the blocks that recur: some 0.2 µs each.
const OF_A_DAY: usize = 100;
const MINUTES_OF_A_DAY: usize = 24 * 60;
/// Starts of the grid that cost a unit.
const STARTS_FOR_A_UNIT: usize = 4;
/// Units of work for a block that recurs: whether it happens on the day, and which starts it rules out.
const OF_A_BLOCK: usize = 2;
/// Units of work for reading a day that is known.
const OF_A_KNOWN_DAY: usize = 2;

/// One agent, with the entries that bits cannot express.
pub(super) struct AgentQuery<'a> {
    agent: &'a IndexedAgent,
    /// When the slot may start.
    pub(super) range: Interval,
    /// None for most agents.
    special: Option<Box<Special<'a>>>,
}

/// Entries whose effect depends on the lead, the property or the time.
struct Special<'a> {
    holds: Vec<&'a Hold>,
    visits_at_property: Vec<&'a Booking>,
}

/// The starts of a day that are free for certain, and those that the exact rules have to check.
struct Candidates {
    free: BitDay,
    unsure: BitDay,
}

impl<'a> IndexQuery<'a> {
    /// None if the office has no such type in use.
    pub(super) fn new<K: Ord>(
        index: &'a SlotIndex<K>,
        query: &'a SlotQuery<'a>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let at = index.kind(query.appointment_type)?;
        Some(Self { office: &index.office, kinds: &index.kinds, pool: &index.pool, at, query, now })
    }

    pub(super) fn for_agent(&self, agent: &'a IndexedAgent, range: Interval) -> AgentQuery<'a> {
        let around = self.kind().footprint.around(range);
        let holds = agent.calendar.stored_holds().near(around);
        let holds = holds.filter(|hold| hold.is_live(self.now)).collect();
        let travels = self.kind().footprint.travel > TimeDelta::zero();
        let property = self.query.property_id.filter(|_| travels);
        let special = Special {
            holds,
            visits_at_property: property
                .map_or_else(Vec::new, |property| agent.bookings_at(property).collect()),
        };
        let none = special.holds.is_empty() && special.visits_at_property.is_empty();
        AgentQuery { agent, range, special: (!none).then(|| Box::new(special)) }
    }

    /// Those of `count` days from `first` on that may have a free slot of the agent: bit 0 for the first.
    pub(super) fn offering(&self, asked: &AgentQuery<'_>, first: UtcDay, count: i64) -> u32 {
        let visits = asked.special.iter().flat_map(|special| &special.visits_at_property);
        let days = visits.flat_map(|visit| self.kind().footprint.excluded_by(&visit.claim(), true).days());
        let near_visits =
            days.filter_map(|day| u32::try_from(day - first.0).ok()).filter(|number| *number < 32);
        let near_visits = near_visits.fold(0, |offering, number| offering | 1 << number);
        near_visits | asked.agent.days.offering(self.at, first, count)
    }

    /// Passes the free slots of one day that start in the range and are wanted to `tell`, earliest first, until it
    /// breaks.
    pub(super) fn day(
        &self,
        asked: &AgentQuery<'_>,
        day: UtcDay,
        wanted: &Wanted<'_>,
        tell: &mut dyn FnMut(Slot) -> ControlFlow<()>,
    ) {
        let range = wanted.on_grid(asked.range);
        let is_wanted = |start: DateTime<Utc>| asked.range.contains(start) && wanted.off_grid(start);
        let plan = Plan { agent: &asked.agent.calendar, office: self.office, kinds: self.kinds };
        asked.agent.days.with(plan, self.pool, self.at, day, |indexed| {
            let candidates = self.candidates(asked, day, indexed, &range);
            let mut bits = candidates.free.or(&candidates.unsure).iter().peekable();
            let off_grid = indexed.template.off_grid.iter();
            let off_grid = off_grid.map(|seconds| day.start() + TimeDelta::seconds(i64::from(*seconds)));
            let mut off_grid = off_grid.filter(|start| is_wanted(*start)).peekable();
            loop {
                let on_grid = bits.peek().map(|bit| (*bit, day.instant(*bit)));
                let next = match (on_grid, off_grid.peek()) {
                    (None, None) => return,
                    (Some((bit, start)), other) if other.is_none_or(|other| start < *other) => {
                        bits.next();
                        let capacity = indexed.template.capacity(bit);
                        self.on_grid(asked, start, capacity, candidates.unsure.contains(bit))
                    }
                    _ => off_grid.next().and_then(|start| self.off_grid(asked, start)),
                };
                if next.is_some_and(|slot| tell(slot).is_break()) {
                    return;
                }
            }
        });
    }

    /// What looking at a day of the agent costs, in units.
    pub(super) fn cost(&self, asked: &AgentQuery<'_>, day: UtcDay) -> usize {
        let agent = asked.agent;
        if agent.days.knows(self.at, day) {
            return OF_A_KNOWN_DAY;
        }
        let starts = MINUTES_OF_A_DAY / usize::from(self.kind().kind.slot_step_minutes.max(1));
        let blocks = agent.calendar.recurring_blocks() + self.office.recurring_blocks();
        OF_A_DAY + starts / STARTS_FOR_A_UNIT + OF_A_BLOCK * blocks
    }

    /// The starts of one day that are free for every lead from now on, if bits can express all of them.
    pub(super) fn free_day(&self, asked: &AgentQuery<'_>, day: UtcDay) -> FreeDay {
        let plan = Plan { agent: &asked.agent.calendar, office: self.office, kinds: self.kinds };
        asked.agent.days.with(plan, self.pool, self.at, day, |indexed| {
            let Candidates { free, unsure } = self.candidates(asked, day, indexed, &BitDay::range(0, BITS));
            let is_for_one = free.and(&indexed.template.shared).is_empty();
            if unsure.is_empty() && is_for_one && indexed.template.off_grid.is_empty() {
                FreeDay::Known(free)
            } else {
                FreeDay::NeedsExactRules
            }
        })
    }

    fn candidates(
        &self,
        asked: &AgentQuery<'_>,
        day: UtcDay,
        indexed: &IndexedDay,
        range: &BitDay,
    ) -> Candidates {
        let starts = indexed.template.starts.and(range);
        let mut free = starts.without(&indexed.taken);
        let taken = starts.and(&indexed.taken);
        let mut unsure = self.may_share(asked, day, &taken.and(&indexed.template.shared));
        if let Some(special) = &asked.special {
            let visits = || special.visits_at_property.iter().map(|visit| visit.claim());
            let on_the_way = self.excluded(visits(), true, day).without(&self.excluded(visits(), false, day));
            let held = self.excluded(special.holds.iter().map(|hold| hold.claim()), true, day);
            unsure = unsure.or(&taken.and(&on_the_way)).or(&free.and(&held));
            free = free.without(&unsure);
        }
        if let Some(limit) = self.kind().kind.daily_limit
            && !free.or(&unsure).is_empty()
        {
            self.limit(asked, day, usize::from(limit), &mut free, &mut unsure);
        }
        Candidates { free, unsure }
    }

    /// Those of the shared starts at which the agent already has an appointment of the type.
    fn may_share(&self, asked: &AgentQuery<'_>, day: UtcDay, shared: &BitDay) -> BitDay {
        let mut starts = BitDay::default();
        if !shared.is_empty() {
            let bookings = asked.agent.calendar.stored_bookings().starting_in(day.window());
            let same = bookings.filter(|booking| booking.appointment_type == self.kind().kind.code);
            for bit in same.filter_map(|booking| day.bit(booking.start)) {
                starts.insert(bit);
            }
        }
        starts.and(shared)
    }

    /// The starts that claims rule out, with or without travel time.
    fn excluded<'c>(&self, claims: impl Iterator<Item = Claim<'c>>, travel: bool, day: UtcDay) -> BitDay {
        let mut excluded = BitDay::default();
        for claim in claims {
            self.kind().footprint.excluded_by(&claim, travel).mark_on(&mut excluded, day);
        }
        excluded
    }

    /// Removes the dates that have reached the daily limit, and marks as unsure those that reach it only with holds.
    fn limit(
        &self,
        asked: &AgentQuery<'_>,
        day: UtcDay,
        limit: usize,
        free: &mut BitDay,
        unsure: &mut BitDay,
    ) {
        let slot_rules = self.slot_rules(asked.agent);
        for local in days_in(slot_rules.agent.time_zone(), day.window()) {
            let Interval { start, end } = local.window;
            let date = BitDay::range(day.first_bit_from(start), day.first_bit_from(end));
            let (booked, held) = slot_rules.taken_on(local, None);
            if booked >= limit {
                *unsure = unsure.without(&date);
                *free = free.without(&date);
            } else if booked + held >= limit {
                *unsure = unsure.or(&free.and(&date));
                *free = free.without(&date);
            }
        }
    }

    fn on_grid(
        &self,
        asked: &AgentQuery<'_>,
        start: DateTime<Utc>,
        capacity: u16,
        unsure: bool,
    ) -> Option<Slot> {
        let end = start + self.kind().footprint.length;
        if !unsure {
            return Some(Slot { start, end, max_appointments_per_slot: capacity, remaining: capacity });
        }
        let slot_rules = self.slot_rules(asked.agent);
        let local = LocalDay::around(slot_rules.agent.time_zone(), start);
        let slot = Interval::new(start, end);
        slot_rules.judge_changing(slot, capacity, local, &mut |_| ControlFlow::Break(())).continue_value()
    }

    fn off_grid(&self, asked: &AgentQuery<'_>, start: DateTime<Utc>) -> Option<Slot> {
        let request = SlotRequest {
            appointment_type: self.query.appointment_type,
            start,
            property_id: self.query.property_id,
            lead_id: self.query.lead_id,
            moving: None,
            duration_minutes: None,
        };
        search::check(&asked.agent.calendar, self.office, &request, self.now).ok()
    }

    pub(super) fn slot_rules<'i>(&'i self, agent: &'i IndexedAgent) -> SlotRules<'i> {
        SlotRules {
            agent: &agent.calendar,
            office: self.office,
            appointment_type: &self.kind().kind,
            property_id: self.query.property_id,
            lead_id: self.query.lead_id,
            moving: None,
            duration_minutes: self.kind().kind.duration_minutes,
            now: self.now,
        }
    }

    fn kind(&self) -> &Kind {
        &self.kinds[self.at]
    }
}
