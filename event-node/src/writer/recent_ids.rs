//! The ids of the latest events, by which a retried append without an expected revision is recognised.
//!
//! An index on the event id would never forget, but would cost a random page write for every event. A retry
//! comes within seconds: the latest ids, read back at start, are enough.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

/// Ids remembered, and rows read at start.
pub(crate) const REMEMBERED: usize = 16_384;

/// Where each id was written first. As in `EventStoreDB`, an id that was written to another stream since is not known there.
#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    places: HashMap<Uuid, Place>,
    order: VecDeque<Uuid>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    stream: i64,
    revision: u64,
}

/// Whether the ids of an append have been written to its stream before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The first id is new.
    No,
    /// All ids are in the stream, in whatever order; the last has this revision.
    Yes { last: u64 },
    /// The first id was written before, and a later one is new.
    Partly,
}

impl RecentIds {
    pub(crate) fn remember(&mut self, stream: i64, id: Uuid, revision: u64) {
        if let Entry::Vacant(place) = self.places.entry(id) {
            place.insert(Place { stream, revision });
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.places.remove(&oldest);
        }
    }

    /// The revision at which the id was written to this stream.
    pub(crate) fn revision(&self, stream: i64, id: Uuid) -> Option<u64> {
        self.places.get(&id).filter(|place| place.stream == stream).map(|place| place.revision)
    }

    pub(crate) fn seen(&self, stream: i64, mut ids: impl Iterator<Item = Uuid>) -> Seen {
        let known = |id| self.revision(stream, id);
        let Some(mut last) = ids.next().and_then(known) else { return Seen::No };
        for id in ids {
            let Some(revision) = known(id) else { return Seen::Partly };
            last = revision;
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
    fn ids_that_are_all_known_are_a_retry() {
        assert_eq!(holding(3).seen(1, [id(1), id(2)].into_iter()), Seen::Yes { last: 2 });
        assert_eq!(holding(3).seen(1, [id(0), id(2)].into_iter()), Seen::Yes { last: 2 });
        assert_eq!(holding(3).seen(1, [id(2), id(0)].into_iter()), Seen::Yes { last: 0 });
    }

    #[test]
    fn an_id_belongs_to_the_stream_and_revision_that_had_it_first() {
        let mut recent = holding(3);
        recent.remember(2, id(1), 0);
        recent.remember(1, id(0), 3);
        assert_eq!(recent.seen(2, [id(1)].into_iter()), Seen::No);
        assert_eq!(recent.seen(1, [id(1)].into_iter()), Seen::Yes { last: 1 });
        assert_eq!(recent.seen(1, [id(0)].into_iter()), Seen::Yes { last: 0 });
    }

    #[test]
    fn a_known_start_with_an_unknown_rest_is_neither() {
        assert_eq!(holding(3).seen(1, [id(2), id(9)].into_iter()), Seen::Partly);
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let recent = holding(REMEMBERED as u64 + 1);
        assert_eq!(recent.seen(1, [id(0)].into_iter()), Seen::No);
        assert_eq!(recent.seen(1, [id(1)].into_iter()), Seen::Yes { last: 1 });
        assert_eq!(recent.order.len(), REMEMBERED);
    }
}
