//! Ranges of sort keys, and ordered walks over indexes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::TimeDelta;
use imbl::OrdSet;

use crate::AppointmentFilter;
use crate::page::{SortKey, micros_up};

/// Keys in the requested order.
pub(super) type Keys<'a> = Box<dyn Iterator<Item = SortKey> + 'a>;

/// The keys from `from` up to, and not including, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyRange {
    from: SortKey,
    to: SortKey,
}

impl KeyRange {
    pub(super) const ALL: Self = Self { from: SortKey::MIN, to: SortKey::MAX };

    /// The range of starts that a filter admits, where nothing lasts longer than this.
    pub(super) fn starting(filter: &AppointmentFilter, longest: TimeDelta) -> Self {
        let from = filter.from.and_then(|from| from.checked_sub_signed(longest));
        Self {
            from: from.map_or(SortKey::MIN, |from| SortKey::at(micros_up(from))),
            to: filter.to.map_or(SortKey::MAX, |to| SortKey::at(micros_up(to))),
        }
    }

    /// The part of the range that a walk in this direction has left after `last`.
    #[must_use]
    pub(super) fn after(self, last: Option<SortKey>, descending: bool) -> Self {
        match last {
            None => self,
            Some(last) if descending => Self { to: self.to.min(last), ..self },
            Some(last) => Self { from: self.from.max(last.successor()), ..self },
        }
    }

    pub(super) fn contains(&self, key: SortKey) -> bool {
        self.from <= key && key < self.to
    }

    /// An index's keys in the range.
    pub(super) fn of(self, index: &OrdSet<SortKey>, descending: bool) -> Keys<'_> {
        if self.to <= self.from {
            return Box::new(std::iter::empty());
        }
        directed(index.range(self.from..self.to).copied(), descending)
    }

    /// An index's keys under one value, in the range.
    pub(super) fn of_one<'a, T: Ord + Clone>(
        self,
        index: &'a OrdSet<(T, SortKey)>,
        value: &T,
        descending: bool,
    ) -> Keys<'a> {
        if self.to <= self.from {
            return Box::new(std::iter::empty());
        }
        let range = (value.clone(), self.from)..(value.clone(), self.to);
        directed(index.range(range).map(|(_, key)| *key), descending)
    }

    /// An index's keys under any of the values, in the range, merged into one order.
    pub(super) fn of_any<'a, T: Ord + Clone>(
        self,
        index: &'a OrdSet<(T, SortKey)>,
        values: &[T],
        descending: bool,
    ) -> Keys<'a> {
        let mut wanted: Vec<_> = values.iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        if let [only] = wanted[..] {
            return self.of_one(index, only, descending);
        }
        let walks = wanted.into_iter().map(|value| self.of_one(index, value, descending)).collect();
        if descending {
            Box::new(Merged::new(walks, |key| key))
        } else {
            Box::new(Merged::new(walks, Reverse).map(|Reverse(key)| key))
        }
    }
}

fn directed<'a>(keys: impl DoubleEndedIterator<Item = SortKey> + 'a, descending: bool) -> Keys<'a> {
    if descending { Box::new(keys.rev()) } else { Box::new(keys) }
}

/// Merges several walks, the greatest rank first.
struct Merged<'a, Rank: Ord, Ranked: Fn(SortKey) -> Rank> {
    walks: Vec<Keys<'a>>,
    heads: BinaryHeap<(Rank, usize)>,
    ranked: Ranked,
}

impl<'a, Rank: Ord, Ranked: Fn(SortKey) -> Rank> Merged<'a, Rank, Ranked> {
    fn new(mut walks: Vec<Keys<'a>>, ranked: Ranked) -> Self {
        let heads = walks
            .iter_mut()
            .enumerate()
            .filter_map(|(walk, keys)| keys.next().map(|key| (ranked(key), walk)))
            .collect();
        Self { walks, heads, ranked }
    }
}

impl<Rank: Ord, Ranked: Fn(SortKey) -> Rank> Iterator for Merged<'_, Rank, Ranked> {
    type Item = Rank;

    fn next(&mut self) -> Option<Rank> {
        let (rank, walk) = self.heads.pop()?;
        if let Some(next) = self.walks[walk].next() {
            self.heads.push(((self.ranked)(next), walk));
        }
        Some(rank)
    }
}
