//! The first of the slots that a search comes upon.

use std::collections::{BTreeMap, BinaryHeap};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use super::selection::{AgentSlot, OnePer, Selection};

/// The earliest `limit` of the slots offered, or of those that are one for each start or window.
pub(super) struct First<'a, 's, K> {
    limit: usize,
    selection: Selection<'s>,
    found: Found<'a, K>,
}

enum Found<'a, K> {
    All(BinaryHeap<AgentSlot<'a, K>>),
    /// By start, or by the beginning of the window.
    OnePer(BTreeMap<DateTime<Utc>, AgentSlot<'a, K>>),
}

impl<'a, 's, K: Ord> First<'a, 's, K> {
    pub(super) fn new(limit: usize, selection: Selection<'s>) -> Self {
        let found = match selection.one_per {
            None => Found::All(BinaryHeap::new()),
            Some(_) => Found::OnePer(BTreeMap::new()),
        };
        Self { limit, selection, found }
    }

    /// Whether nothing later than all that was offered can be among the first.
    pub(super) fn is_full(&self) -> bool {
        self.limit
            == match &self.found {
                Found::All(found) => found.len(),
                Found::OnePer(found) => found.len(),
            }
    }

    /// Breaks when nothing later of the same agent can be among the first.
    pub(super) fn offer(&mut self, candidate: AgentSlot<'a, K>) -> ControlFlow<()> {
        let (is_full, place) = (self.is_full(), self.place(candidate.slot.start));
        match &mut self.found {
            Found::All(found) if !is_full => found.push(candidate),
            Found::All(found) => match found.peek_mut() {
                Some(mut last) if candidate < *last => *last = candidate,
                _ => return ControlFlow::Break(()),
            },
            Found::OnePer(found) => {
                if let Some(known) = found.get_mut(&place) {
                    if candidate < *known {
                        *known = candidate;
                    }
                } else {
                    if is_full && found.last_key_value().is_none_or(|(last, _)| *last < place) {
                        return ControlFlow::Break(());
                    }
                    if is_full {
                        found.pop_last();
                    }
                    found.insert(place, candidate);
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// What is at the same place counts as one.
    fn place(&self, start: DateTime<Utc>) -> DateTime<Utc> {
        match (self.selection.one_per, self.selection.windows) {
            (Some(OnePer::Window), Some(windows)) => {
                windows.around(start).map_or(start, |window| window.start)
            }
            (Some(OnePer::Window), None) => DateTime::UNIX_EPOCH,
            (Some(OnePer::Start) | None, _) => start,
        }
    }

    pub(super) fn into_sorted_vec(self) -> Vec<AgentSlot<'a, K>> {
        match self.found {
            Found::All(found) => found.into_sorted_vec(),
            Found::OnePer(found) => found.into_values().collect(),
        }
    }
}
