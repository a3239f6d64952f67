use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::agent_days::Plan;
use super::bits::{BitDay, UtcDay};
use super::day_map::IndexedDay;
use super::{IndexedAgent, Kind, SlotIndex};
use crate::day::LocalDay;
use crate::inquiry::Inquiry;
use crate::slot::{Slot, SlotQuery, SlotRequest};
use crate::{Interval, search, zone};

/// A free slot of one of several agents.
///
/// Ordered by start, then by agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentSlot<'a, K> {
    /// The slot.
    pub slot: Slot,
    /// Whose.
    pub agent: &'a K,
}

impl<K: Ord> Ord for AgentSlot<'_, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_start = self.slot.start.cmp(&other.slot.start);
        by_start.then_with(|| self.agent.cmp(other.agent)).then_with(|| self.slot.cmp(&other.slot))
    }
}

impl<K: Ord> PartialOrd for AgentSlot<'_, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> SlotIndex<K> {
    /// [`slots`](crate::slots) of one agent; none if there is no such agent.
    pub fn slots(&self, key: &K, query: &SlotQuery<'_>, now: DateTime<Utc>) -> Vec<Slot> {
        let wanted = self.agents.get_key_value(key).into_iter();
        self.search(wanted, query, now).into_iter().map(|found| found.slot).collect()
    }

    /// The free slots of all agents for which `wanted` holds that start in the query's range: earliest first, of one
    /// start in the order of the agents' names, and of them the first `limit`.
    pub fn slots_across(
        &self,
        wanted: impl Fn(&K) -> bool,
        query: &SlotQuery<'_>,
        now: DateTime<Utc>,
    ) -> Vec<AgentSlot<'_, K>> {
        self.search(self.agents.iter().filter(|(key, _)| wanted(key)), query, now)
    }

    fn search<'a>(
        &'a self,
        agents: impl Iterator<Item = (&'a K, &'a IndexedAgent)>,
        query: &SlotQuery<'_>,
        now: DateTime<Utc>,
    ) -> Vec<AgentSlot<'a, K>> {
        let Some(kind) = self.kind(query.appointment_type).filter(|_| query.limit > 0) else {
            return Vec::new();
        };
        let wished = Interval::new(query.from, query.to).intersection(&zone::REACH);
        let mut ranges = Ranges { wished, of_zones: Vec::new() };
        let searches: Vec<_> = agents
            .filter_map(|(key, agent)| {
                let search = Search::new(self, agent, kind, query, now);
                let range = ranges.of(&search.inquiry);
                (!range.is_empty()).then_some((key, search, range))
            })
            .collect();
        let begin = searches.iter().map(|(.., range)| range.start).min();
        let end = searches.iter().map(|(.., range)| range.end).max();
        let mut first = First { limit: query.limit, found: BinaryHeap::new() };
        let Some((begin, end)) = begin.zip(end) else { return Vec::new() };
        let mut day = UtcDay::of(begin);
        while day.window().start < end && !first.is_full() {
            for (key, search, range) in &searches {
                search.day(day, *range, &mut |slot| first.offer(AgentSlot { slot, agent: *key }));
            }
            day = UtcDay(day.0 + 1);
        }
        first.found.into_sorted_vec()
    }
}

/// The first so many of what is offered.
struct First<'a, K> {
    limit: usize,
    found: BinaryHeap<AgentSlot<'a, K>>,
}

impl<'a, K: Ord> First<'a, K> {
    fn is_full(&self) -> bool {
        self.found.len() == self.limit
    }

    /// Breaks when nothing later of the same agent can be among the first.
    fn offer(&mut self, candidate: AgentSlot<'a, K>) -> ControlFlow<()> {
        if !self.is_full() {
            self.found.push(candidate);
            return ControlFlow::Continue(());
        }
        match self.found.peek_mut() {
            Some(mut last) if candidate < *last => {
                *last = candidate;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        }
    }
}

/// When the type can be booked at all, which only turns on the agent's zone.
struct Ranges {
    wished: Interval,
    of_zones: Vec<(Tz, Interval)>,
}

impl Ranges {
    fn of(&mut self, inquiry: &Inquiry<'_>) -> Interval {
        let tz = inquiry.agent.time_zone();
        if let Some((_, known)) = self.of_zones.iter().find(|(known, _)| *known == tz) {
            return *known;
        }
        let range = self.wished.intersection(&search::bookable(inquiry));
        self.of_zones.push((tz, range));
        range
    }
}

/// What is asked of one agent.
struct Search<'a> {
    index: Plan<'a>,
    pool: &'a super::Pool,
    agent: &'a IndexedAgent,
    at: usize,
    kind: &'a Kind,
    inquiry: Inquiry<'a>,
}

/// The starts of a day that are free for certain, and those that have to be asked of the rules.
struct Candidates {
    free: BitDay,
    unsure: BitDay,
}

impl<'a> Search<'a> {
    fn new<K>(
        index: &'a SlotIndex<K>,
        agent: &'a IndexedAgent,
        at: usize,
        query: &SlotQuery<'a>,
        now: DateTime<Utc>,
    ) -> Self {
        let kind = &index.kinds[at];
        let inquiry = Inquiry {
            agent: &agent.calendar,
            office: &index.office,
            appointment_type: &kind.kind,
            property_id: query.property_id,
            lead_id: query.lead_id,
            moving: None,
            now,
        };
        let plan = Plan { agent: &agent.calendar, office: &index.office, kinds: &index.kinds };
        Self { index: plan, pool: &index.pool, agent, at, kind, inquiry }
    }

    /// Tells the free slots of one day that start in the range, earliest first, until told to stop.
    fn day(&self, day: UtcDay, range: Interval, tell: &mut dyn FnMut(Slot) -> ControlFlow<()>) {
        let (from, to) = (day.first_bit_from(range.start), day.first_bit_from(range.end));
        if !day.window().overlaps(&range) {
            return;
        }
        self.agent.days.with(self.index, self.pool, self.at, day, |indexed| {
            let candidates = self.candidates(day, indexed, &BitDay::range(from, to));
            let mut bits = candidates.free.or(&candidates.unsure).iter().peekable();
            let mut beside = indexed
                .fixed
                .off_grid
                .iter()
                .map(|seconds| day.window().start + TimeDelta::seconds(i64::from(*seconds)));
            let mut beside = beside.by_ref().filter(|start| range.contains(*start)).peekable();
            loop {
                let on_grid = bits.peek().map(|bit| day.instant(*bit));
                let next = match (on_grid, beside.peek()) {
                    (None, None) => return,
                    (Some(start), other) if other.is_none_or(|other| start < *other) => {
                        let bit = bits.next().expect("it has just been looked at");
                        self.on_grid(start, indexed.fixed.capacity(bit), candidates.unsure.contains(bit))
                    }
                    _ => beside.next().and_then(|start| self.off_grid(start)),
                };
                if next.is_some_and(|slot| tell(slot).is_break()) {
                    return;
                }
            }
        });
    }

    fn candidates(&self, day: UtcDay, indexed: &IndexedDay, range: &BitDay) -> Candidates {
        let starts = indexed.fixed.starts.and(range);
        let mut free = starts.without(&indexed.taken);
        let mut unsure = BitDay::default();
        if starts.is_empty() {
            return Candidates { free, unsure };
        }
        let taken = starts.and(&indexed.taken);
        if !taken.is_empty() {
            unsure = self.may_share(day, &taken.and(&indexed.fixed.shared));
            unsure = unsure.or(&taken.and(&self.near_same_property(day)));
        }
        unsure = unsure.or(&free.and(&self.near_holds(day)));
        free = free.without(&unsure);
        if self.kind.kind.daily_limit.is_some() {
            self.limit(day, &mut free, &mut unsure);
        }
        Candidates { free, unsure }
    }

    /// The starts of appointments of the type, which others may share.
    fn may_share(&self, day: UtcDay, shared: &BitDay) -> BitDay {
        let mut starts = BitDay::default();
        if !shared.is_empty() {
            let bookings = self.inquiry.agent.stored_bookings().starting_in(day.window());
            let same = bookings.filter(|booking| booking.appointment_type == self.kind.kind.code);
            same.filter_map(|booking| day.bit(booking.start)).for_each(|bit| starts.insert(bit));
        }
        starts.and(shared)
    }

    /// The starts near a visit at the property asked for: no way has to be made from there.
    fn near_same_property(&self, day: UtcDay) -> BitDay {
        let mut near = BitDay::default();
        let footprint = &self.kind.footprint;
        if self.inquiry.property_id.is_some() && footprint.travel > TimeDelta::zero() {
            let around = self.inquiry.agent.stored_bookings().near(footprint.around(day.window()));
            for booking in around.filter(|booking| booking.property_id.as_ref() == self.inquiry.property_id) {
                footprint.shadow(&booking.claim(), true).cast_on(&mut near, day);
            }
        }
        near
    }

    /// The starts that a live hold may leave no room for.
    fn near_holds(&self, day: UtcDay) -> BitDay {
        let mut near = BitDay::default();
        let footprint = &self.kind.footprint;
        let around = self.inquiry.agent.stored_holds().near(footprint.around(day.window()));
        for hold in around.filter(|hold| hold.is_live(self.inquiry.now)) {
            footprint.shadow(&hold.claim(), true).cast_on(&mut near, day);
        }
        near
    }

    /// Takes out the dates that have their number, and doubts those that have it if the holds count.
    fn limit(&self, day: UtcDay, free: &mut BitDay, unsure: &mut BitDay) {
        for local in crate::day::days_in(self.inquiry.agent.time_zone(), day.window()) {
            let date =
                BitDay::range(day.first_bit_from(local.window.start), day.first_bit_from(local.window.end));
            let (booked, held) = self.inquiry.taken_on(local, None);
            let limit = usize::from(self.kind.kind.daily_limit.unwrap_or(u16::MAX));
            if booked >= limit {
                *free = free.without(&date);
                *unsure = unsure.without(&date);
            } else if booked + held >= limit {
                *unsure = unsure.or(&free.and(&date));
                *free = free.without(&date);
            }
        }
    }

    fn on_grid(&self, start: DateTime<Utc>, capacity: u16, unsure: bool) -> Option<Slot> {
        let slot = Interval::new(start, start + self.kind.footprint.length);
        if !unsure {
            return Some(Slot {
                start,
                end: slot.end,
                max_appointments_per_slot: capacity,
                remaining: capacity,
            });
        }
        let local = LocalDay::around(self.inquiry.agent.time_zone(), start);
        let weighed = self.inquiry.weigh_changing(slot, capacity, local, &mut |_| ControlFlow::Break(()));
        weighed.continue_value()
    }

    fn off_grid(&self, start: DateTime<Utc>) -> Option<Slot> {
        let inquiry = &self.inquiry;
        let request = SlotRequest {
            appointment_type: &inquiry.appointment_type.code,
            start,
            property_id: inquiry.property_id,
            lead_id: inquiry.lead_id,
            moving: None,
        };
        search::check(inquiry.agent, inquiry.office, &request, inquiry.now).ok()
    }
}
