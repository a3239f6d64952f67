//! The slots that a search tells of, and which of them are wanted.

use std::cmp::Ordering;

use crate::Windows;
use crate::slot::Slot;

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

/// Which of the free slots in a query's range are wanted; by default all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Where they start; none = anywhere in the range.
    pub windows: Option<&'a Windows>,
    /// Of which slots only one is wanted.
    pub one_per: Option<OnePer>,
}

/// Slots of which only the first is wanted: the earliest, and of several agents' at one start that of the first agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnePer {
    /// Those of one start.
    Start,
    /// Those that start in one window. Without windows it is the whole range.
    Window,
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
