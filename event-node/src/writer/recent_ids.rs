//! The ids of the latest events, by which a retried append without an expected revision is recognised.
//!
//! An index on the event id would never forget, but would cost a random page write for every event. A retry
//! comes within seconds: the latest ids, read back at start, are enough.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

/// Ids remembered, and rows read at start.
pub(crate) const REMEMBERED: usize = 16_384;

type Key = (i64, Uuid);

#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    revisions: HashMap<Key, u64>,
    order: VecDeque<Key>,
}

/// Whether the ids of an append have been written before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The first id is new.
    No,
    /// All ids are in the stream in this order; the last has this revision.
    Yes { last: u64 },
    /// The first id was written before, but followed by other ids.
    Partly,
}

impl RecentIds {
    pub(crate) fn remember(&mut self, stream: i64, id: Uuid, revision: u64) {
        if self.revisions.insert((stream, id), revision).is_none() {
            self.order.push_back((stream, id));
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.revisions.remove(&oldest);
        }
    }

    pub(crate) fn seen(&self, stream: i64, mut ids: impl Iterator<Item = Uuid>) -> Seen {
        let known = |id| self.revisions.get(&(stream, id)).copied();
        let Some(mut last) = ids.next().and_then(known) else { return Seen::No };
        for id in ids {
            if known(id) != Some(last + 1) {
                return Seen::Partly;
            }
            last += 1;
        }
        Seen::Yes { last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn holding(count: u64) -> RecentIds {
        let mut recent = RecentIds::default();
        for revision in 0..count {
            recent.remember(1, id(revision.into()), revision);
        }
        recent
    }

    #[test]
    fn the_same_ids_in_order_are_a_retry() {
        assert_eq!(holding(3).seen(1, [id(1), id(2)].into_iter()), Seen::Yes { last: 2 });
    }

    #[test]
    fn another_stream_may_hold_the_same_ids() {
        assert_eq!(holding(3).seen(2, [id(1)].into_iter()), Seen::No);
    }

    #[test]
    fn a_known_start_with_an_unknown_rest_is_neither() {
        assert_eq!(holding(3).seen(1, [id(2), id(9)].into_iter()), Seen::Partly);
        assert_eq!(holding(3).seen(1, [id(0), id(2)].into_iter()), Seen::Partly);
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let recent = holding(REMEMBERED as u64 + 1);
        assert_eq!(recent.seen(1, [id(0)].into_iter()), Seen::No);
        assert_eq!(recent.seen(1, [id(1)].into_iter()), Seen::Yes { last: 1 });
        assert_eq!(recent.order.len(), REMEMBERED);
    }
}
