//! Slot search over one agent or many.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::bits::{BitDay, UtcDay};
use super::first::First;
use super::query::{AgentQuery, IndexQuery};
use super::selection::{AgentSlot, Selection};
use super::wanted::Wanted;
use super::{IndexedAgent, SlotIndex};
use crate::slot::{Slot, SlotQuery};
use crate::{Interval, search, zone};

/// For how many days at once the agents that may have a free slot are determined. At most 32.
const STRIDE_DAYS: i64 = 16;

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

impl<K: Ord> SlotIndex<K> {
    /// [`slots`](crate::slots) of one agent; empty if there is no such agent.
    pub fn slots(&self, key: &K, query: &SlotQuery<'_>, now: DateTime<Utc>) -> Vec<Slot> {
        let found =
            self.slots_within(&Searched::One(key), query, Selection::default(), now, &mut |_| true).slots;
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
        self.slots_within(&Searched::Each(&wanted), query, Selection::default(), now, &mut |_| true).slots
    }

    /// The same, of selected slots and with an end to what it may cost: before each day on which one may start, `allow`
    /// is asked with what that day costs, in units of some 0.2 µs, and ends the search there if it returns false.
    pub fn slots_within(
        &self,
        searched: &Searched<'_, K>,
        query: &SlotQuery<'_>,
        selection: Selection<'_>,
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
        let mut first = First::new(query.limit, selection);
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
            let Some(mut wanted) = Wanted::on(selection, day) else { continue };
            let offer = asked.iter().zip(&offering).filter(|(_, days)| (**days >> in_stride) & 1 == 1);
            let offer = || offer.clone().map(|((key, asked), _)| (*key, asked));
            if !allow(offer().map(|(_, asked)| question.cost(asked, day)).sum()) {
                return FoundSlots {
                    slots: first.into_sorted_vec(),
                    searched_until: Some(day.start().max(begin)),
                };
            }
            for (key, asked) in offer() {
                let mut outdone = BitDay::default();
                question.day(asked, day, &wanted, &mut |slot| {
                    outdone = outdone.or(&wanted.outdone_by(slot.start));
                    first.offer(AgentSlot { slot, agent: key })
                });
                wanted.remove(&outdone);
            }
        }
        FoundSlots { slots: first.into_sorted_vec(), searched_until: None }
    }
}

fn days_of(range: Interval) -> impl Iterator<Item = UtcDay> {
    let end = if range.is_empty() { range.start } else { range.end };
    (UtcDay::of(range.start).0..).map(UtcDay).take_while(move |day| day.start() < end)
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
