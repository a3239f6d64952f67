//! The head of a stream, which decides about writes to it, and a bounded cache of heads.

use std::collections::HashMap;

use crate::record::StreamName;
use crate::retention::Retention;

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
    pub(crate) fn next_revision(&self) -> u64 {
        self.last.map_or(0, |last| last + 1)
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
