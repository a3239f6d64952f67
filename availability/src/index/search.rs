//! Slot search over one agent or many.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::bits::UtcDay;
use super::query::{AgentQuery, IndexQuery};
use super::{IndexedAgent, SlotIndex};
use crate::slot::{Slot, SlotQuery};
use crate::{Interval, search, zone};

/// For how many days at once the agents that may have a free slot are determined. At most 32.
const STRIDE_DAYS: i64 = 16;

/// A free slot of one of several agents.
///
/// Ordered by start, then by agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentSlot<'a, K> {
    /// The slot.
    pub slot: Slot,
    /// The agent who has it free.
    pub agent: &'a K,
}

/// The agents whose slots are searched.
pub enum Searched<'a, K> {
    /// The one with this key.
    One(&'a K),
    /// Each for whom this is true.
    Each(&'a dyn Fn(&K) -> bool),
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSlots<'a, K> {
    /// The slots.
    pub slots: Vec<AgentSlot<'a, K>>,
    /// Where the search ended for its cost: later starts were not looked at.
    pub searched_until: Option<DateTime<Utc>>,
}

impl<K> Default for FoundSlots<'_, K> {
    fn default() -> Self {
        Self { slots: Vec::new(), searched_until: None }
    }
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
    /// [`slots`](crate::slots) of one agent; empty if there is no such agent.
    pub fn slots(&self, key: &K, query: &SlotQuery<'_>, now: DateTime<Utc>) -> Vec<Slot> {
        let found = self.slots_within(&Searched::One(key), query, now, &mut |_| true).slots;
        found.into_iter().map(|found| found.slot).collect()
    }

    /// The first `limit` free slots in the query's range of all agents for which `wanted` is true: by start, then by
    /// agent.
    pub fn slots_across(
        &self,
        wanted: impl Fn(&K) -> bool,
        query: &SlotQuery<'_>,
        now: DateTime<Utc>,
    ) -> Vec<AgentSlot<'_, K>> {
        self.slots_within(&Searched::Each(&wanted), query, now, &mut |_| true).slots
    }

    /// The same, with an end to what it may cost: before each day `allow` is asked with what that day costs, in units
    /// of some 0.2 µs, and ends the search there if it returns false.
    pub fn slots_within(
        &self,
        searched: &Searched<'_, K>,
        query: &SlotQuery<'_>,
        now: DateTime<Utc>,
        allow: &mut dyn FnMut(usize) -> bool,
    ) -> FoundSlots<'_, K> {
        let Some(question) = IndexQuery::new(self, query, now) else { return FoundSlots::default() };
        let agents: Vec<(&K, &IndexedAgent)> = match searched {
            Searched::One(key) => {
                self.agents.get_key_value(key).map(|(key, agent)| (key, &**agent)).into_iter().collect()
            }
            Searched::Each(wanted) => {
                let wanted = self.agents.iter().filter(|(key, _)| wanted(key));
                wanted.map(|(key, agent)| (key, &**agent)).collect()
            }
        };
        let mut ranges = Ranges::of_query(query);
        let asked: Vec<(&K, AgentQuery<'_>)> = agents
            .into_iter()
            .map(|(key, agent)| (key, question.for_agent(agent, ranges.of(&question, agent))))
            .filter(|(_, asked)| !asked.range.is_empty())
            .collect();
        let begin = asked.iter().map(|(_, asked)| asked.range.start).min();
        let end = asked.iter().map(|(_, asked)| asked.range.end).max();
        let mut first = First { limit: query.limit, found: BinaryHeap::new() };
        let Some((begin, end)) = begin.zip(end) else { return FoundSlots::default() };
        let mut offering: Vec<u32> = Vec::new();
        for (number, day) in (0..).zip(days_of(Interval::new(begin, end))) {
            if first.is_full() {
                break;
            }
            let in_stride = number % STRIDE_DAYS;
            if in_stride == 0 {
                offering.clear();
                offering.extend(asked.iter().map(|(_, asked)| question.offering(asked, day, STRIDE_DAYS)));
            }
            let offer = asked.iter().zip(&offering).filter(|(_, days)| (**days >> in_stride) & 1 == 1);
            let offer = || offer.clone().map(|((key, asked), _)| (*key, asked));
            if !allow(offer().map(|(_, asked)| question.cost(asked, day)).sum()) {
                return FoundSlots {
                    slots: first.found.into_sorted_vec(),
                    searched_until: Some(day.start().max(begin)),
                };
            }
            for (key, asked) in offer() {
                question.day(asked, day, &mut |slot| first.offer(AgentSlot { slot, agent: key }));
            }
        }
        FoundSlots { slots: first.found.into_sorted_vec(), searched_until: None }
    }
}

fn days_of(range: Interval) -> impl Iterator<Item = UtcDay> {
    let end = if range.is_empty() { range.start } else { range.end };
    (UtcDay::of(range.start).0..).map(UtcDay).take_while(move |day| day.start() < end)
}

/// The earliest `limit` of the slots offered.
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

/// The range of starts that can be booked at all, which depends only on the agent's zone.
struct Ranges {
    wished: Interval,
    of_zones: Vec<(Tz, Interval)>,
}

impl Ranges {
    fn of_query(query: &SlotQuery<'_>) -> Self {
        let wished = Interval::new(query.from, query.to).intersection(&zone::SUPPORTED_RANGE);
        Self { wished, of_zones: Vec::new() }
    }

    fn of(&mut self, question: &IndexQuery<'_>, agent: &IndexedAgent) -> Interval {
        let tz = agent.calendar.time_zone();
        if let Some((_, known)) = self.of_zones.iter().find(|(known, _)| *known == tz) {
            return *known;
        }
        let range = self.wished.intersection(&search::bookable(&question.slot_rules(agent)));
        self.of_zones.push((tz, range));
        range
    }
}
