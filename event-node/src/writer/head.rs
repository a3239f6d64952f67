//! The head of a stream, which decides about writes to it, and a bounded cache of heads.

use std::collections::HashMap;

use crate::record::{Expected, StreamName};
use crate::retention::{END_OF_STREAM, Retention};

/// The state of a stream that decides whether it may be written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The row of the stream; none if neither it nor its metadata was ever written.
    pub(crate) row: Option<i64>,
    /// The last revision; none if it holds no event.
    pub(crate) last: Option<u64>,
    pub(crate) retention: Retention,
    pub(crate) tombstoned: bool,
}

impl Head {
    /// Whether the stream is in the state that the writer expects.
    pub(crate) fn meets(&self, expected: Expected) -> bool {
        match expected {
            Expected::Any => true,
            Expected::StreamExists => self.row.is_some() && !self.retention.soft_deleted(),
            Expected::NoStream => self.last.is_none() || self.retention.soft_deleted(),
            Expected::Revision(revision) => self.last == Some(revision),
        }
    }

    pub(crate) fn next_revision(&self) -> u64 {
        self.last.map_or(0, |last| last + 1)
    }

    /// The revision of the first event if this refused append is a retry. Only an expectation that was met
    /// once can belong to a retry: a future revision cannot.
    pub(crate) fn retry_starts_at(&self, expected: Expected) -> Option<u64> {
        let starts_at = match expected {
            Expected::NoStream => 0,
            Expected::Revision(revision) => revision.checked_add(1)?,
            Expected::Any | Expected::StreamExists => return None,
        };
        self.last.filter(|last| starts_at <= *last && *last < END_OF_STREAM).map(|_| starts_at)
    }
}

/// The heads of recently written streams. Two generations: entries that are not used while the young one
/// fills are dropped with the old one, so hits stay cheap and the memory stays bounded.
#[derive(Debug)]
pub(crate) struct HeadCache {
    capacity: usize,
    young: HashMap<StreamName, Head>,
    old: HashMap<StreamName, Head>,
}

impl HeadCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(2), young: HashMap::new(), old: HashMap::new() }
    }

    pub(crate) fn get(&mut self, stream: &StreamName) -> Option<Head> {
        if let Some(head) = self.young.get(stream) {
            return Some(*head);
        }
        let head = self.old.remove(stream)?;
        self.put(stream.clone(), head);
        Some(head)
    }

    pub(crate) fn put(&mut self, stream: StreamName, head: Head) {
        self.old.remove(&stream);
        self.young.insert(stream, head);
        if self.young.len() >= self.capacity / 2 {
            self.old = std::mem::take(&mut self.young);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(number: u64) -> StreamName {
        StreamName::parse(format!("s-{number}").as_bytes()).unwrap()
    }

    fn at(last: Option<u64>) -> Head {
        Head { row: last.map(|_| 1), last, ..Head::default() }
    }

    #[test]
    fn an_exact_revision_must_be_the_last() {
        assert!(at(Some(4)).meets(Expected::Revision(4)));
        assert!(!at(Some(4)).meets(Expected::Revision(3)));
        assert!(!at(None).meets(Expected::Revision(0)));
    }

    #[test]
    fn a_stream_of_metadata_alone_exists_and_is_no_stream() {
        let head = Head { row: Some(1), ..Head::default() };
        assert!(head.meets(Expected::StreamExists));
        assert!(head.meets(Expected::NoStream));
    }

    #[test]
    fn a_soft_deleted_stream_is_no_stream() {
        let retention = Retention { truncate_before: Some(END_OF_STREAM), ..Retention::default() };
        let head = Head { retention, ..at(Some(4)) };
        assert!(head.meets(Expected::NoStream));
        assert!(!head.meets(Expected::StreamExists));
        assert_eq!(head.next_revision(), 5);
    }

    #[test]
    fn only_a_past_belief_can_be_a_retry() {
        assert_eq!(at(Some(4)).retry_starts_at(Expected::NoStream), Some(0));
        assert_eq!(at(Some(4)).retry_starts_at(Expected::Revision(1)), Some(2));
        assert_eq!(at(Some(4)).retry_starts_at(Expected::Revision(4)), None);
        assert_eq!(at(Some(4)).retry_starts_at(Expected::Revision(u64::MAX)), None);
        assert_eq!(at(None).retry_starts_at(Expected::Revision(0)), None);
    }

    #[test]
    fn the_cache_forgets_the_unused_and_keeps_the_used() {
        let mut cache = HeadCache::new(4);
        cache.put(stream(0), at(Some(0)));
        for number in 1..100 {
            cache.put(stream(number), at(Some(number)));
            assert_eq!(cache.get(&stream(0)), Some(at(Some(0))));
        }
        assert_eq!(cache.get(&stream(50)), None);
        assert!(cache.young.len() + cache.old.len() <= 4);
    }

    #[test]
    fn the_latest_head_wins_whatever_its_generation() {
        let mut cache = HeadCache::new(2);
        cache.put(stream(0), at(Some(0)));
        cache.put(stream(0), at(Some(1)));
        assert_eq!(cache.get(&stream(0)), Some(at(Some(1))));
    }
}
