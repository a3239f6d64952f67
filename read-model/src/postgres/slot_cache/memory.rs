use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::computing::Computing;
use super::entry::order;
use super::usage::Usage;

/// A cache in this process's memory, which keeps the entries used last, of about half a kilobyte each.
#[derive(Debug, Clone)]
pub struct MemorySlotCache {
    entries: Arc<Mutex<LruCache<String, Arc<[u8]>>>>,
    pub(super) usage: Arc<Usage>,
    pub(super) computing: Computing,
}

impl MemorySlotCache {
    /// As many entries as 1,000 agents have for ten types.
    pub const MAX_ENTRIES: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

    /// Keeps at most this many entries, one for each agent and type: those used last.
    pub fn new(max_entries: NonZeroUsize) -> Self {
        let entries = Arc::new(Mutex::new(LruCache::new(max_entries)));
        let usage = Arc::new(Usage::new("memory"));
        usage.computed(0);
        Self { entries, usage, computing: Computing::default() }
    }

    /// What `read` makes of the bytes under each key, in the order of the keys.
    pub(super) fn find<T>(&self, keys: &[String], read: impl Fn(&str, &[u8]) -> Option<T>) -> Vec<Option<T>> {
        let kept: Vec<Option<Arc<[u8]>>> = {
            // A panic elsewhere cannot leave an entry half written.
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            keys.iter().map(|key| entries.get(key).cloned()).collect()
        };
        keys.iter().zip(kept).map(|(key, bytes)| read(key, &bytes?)).collect()
    }

    pub(super) fn put(&self, new: impl IntoIterator<Item = (String, Vec<u8>)>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, bytes) in new {
            if entries.peek(&key).is_none_or(|kept| order(kept) <= order(&bytes)) {
                entries.put(key, bytes.into());
            }
        }
    }
}

impl Default for MemorySlotCache {
    fn default() -> Self {
        Self::new(Self::MAX_ENTRIES)
    }
}
