//! One query of the index: which starts are free for certain, and which the exact rules have to check.

use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};
use schemas::value::LocationKind;

use super::agent_days::Plan;
use super::bits::{BITS, BitDay, UtcDay};
use super::day_map::IndexedDay;
use super::day_template::Pool;
use super::free_days::FreeDay;
use super::property_day::PropertyDay;
use super::wanted::Wanted;
use super::{IndexedAgent, Kind, SlotIndex};
use crate::day::{LocalDay, days_in};
use crate::request::{SlotQuery, SlotRequest};
use crate::slot::Slot;
use crate::slot_rules::SlotRules;
use crate::travel::TravelRate;
use crate::{Booking, Hold, Interval, OfficeCalendar, WantedVisit, search};

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
    /// The visits to which the way takes another time than the flat one: at the property, or at a known distance.
    visits: Vec<&'a Booking>,
    rate: TravelRate,
    /// No way to any of them takes longer.
    longest: TimeDelta,
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
        let footprint = &self.kind().footprint;
        let rate = self.office.travel_rate(agent.calendar.places());
        let measures = footprint.visit && rate.measures(self.query.coordinates);
        let longest = if measures { rate.longest(self.query.coordinates) } else { footprint.travel };
        let around = footprint.around_with(range, longest);
        let holds = agent.calendar.stored_holds().near(around);
        let holds = holds.filter(|hold| hold.is_live(self.now)).collect();
        let property = self.query.property_id.filter(|_| footprint.travel > TimeDelta::zero());
        let visits: Vec<&Booking> = if measures {
            let near = agent.calendar.stored_bookings().near(around);
            let is_visit = |booking: &&Booking| self.office.is_at_property(&booking.appointment_type);
            let differs = |booking: &&Booking| booking.coordinates.is_some() || self.is_there(booking);
            near.filter(is_visit).filter(differs).collect()
        } else {
            property.map_or_else(Vec::new, |property| agent.bookings_at(property).collect())
        };
        let special = Special { holds, visits, rate, longest };
        let none = special.holds.is_empty() && special.visits.is_empty();
        AgentQuery { agent, range, special: (!none).then(|| Box::new(special)) }
    }

    /// Those of `count` days from `first` on that may have a free slot of the agent: bit 0 for the first.
    pub(super) fn offering(&self, asked: &AgentQuery<'_>, first: UtcDay, count: i64) -> u32 {
        let visits = asked.special.iter().flat_map(|special| &special.visits);
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
        at_property: Option<&PropertyDay<'_>>,
        tell: &mut dyn FnMut(Slot) -> ControlFlow<()>,
    ) {
        let mut range = wanted.on_grid(asked.range);
        if let Some(at_property) = at_property {
            range = range.and(&at_property.for_agent(asked.agent.calendar.as_showing()));
        }
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

    /// The starts of a day at which the property can be visited; none if it sets no bounds to the search.
    pub(super) fn property_day(&self, day: UtcDay) -> Option<PropertyDay<'a>> {
        let kind = &self.kind().kind;
        let property = self.query.property.filter(|_| kind.location_kind == LocationKind::Property)?;
        let start = day.start();
        let visit = WantedVisit {
            interval: Interval::new(start, start + self.kind().footprint.length),
            appointment_type: &kind.code,
            is_visit: true,
            agent: None,
            moving: None,
        };
        Some(PropertyDay::of(property, visit, day, self.now))
    }

    /// Whether the agent may show the property that is asked for.
    pub(super) fn may_show(&self, agent: &IndexedAgent) -> bool {
        self.query.property.is_none_or(|property| property.may_be_shown_in(&agent.calendar))
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
            let (flat, by_distance) = self.excluded_by_visits(special, day);
            let mut held = BitDay::default();
            for hold in &special.holds {
                self.kind().footprint.excluded_with(&hold.claim(), special.longest).mark_on(&mut held, day);
            }
            unsure = unsure.or(&taken.and(&flat.without(&by_distance))).or(&free.and(&held));
            free = free.without(&unsure).without(&by_distance);
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

    /// The starts of a day that the visits rule out: by the flat travel time, and by what the way takes.
    fn excluded_by_visits(&self, special: &Special<'_>, day: UtcDay) -> (BitDay, BitDay) {
        let footprint = &self.kind().footprint;
        let (mut flat, mut by_distance) = (BitDay::default(), BitDay::default());
        for visit in &special.visits {
            let claim = visit.claim();
            // The distance costs more than the rest.
            if !footprint.excluded_with(&claim, special.longest).days().contains(&day.0) {
                continue;
            }
            let way = if self.is_there(visit) {
                TimeDelta::zero()
            } else {
                special.rate.between(self.query.coordinates, visit.coordinates).time()
            };
            footprint.excluded_by(&claim, true).mark_on(&mut flat, day);
            footprint.excluded_with(&claim, way).mark_on(&mut by_distance, day);
        }
        (flat, by_distance)
    }

    /// Whether it is about the property that is asked for.
    fn is_there(&self, booking: &Booking) -> bool {
        self.query.property_id.is_some() && booking.property_id.as_ref() == self.query.property_id
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
            coordinates: self.query.coordinates,
            property: self.query.property,
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
            coordinates: self.query.coordinates,
            property: self.query.property,
            lead_id: self.query.lead_id,
            moving: None,
            duration_minutes: self.kind().kind.duration_minutes,
            now: self.now,
        }
    }

    fn kind(&self) -> &'a Kind {
        &self.kinds[self.at]
    }
}
