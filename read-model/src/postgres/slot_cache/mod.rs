//! A cache of each agent's free time on the next days: in Redis for several processes, or in the memory of one.
//!
//! An entry is one agent's [`FreeDays`](availability::FreeDays) for one type. It records the calendar and office it was
//! computed from, as the log positions of the last events that changed them, and is used only by a query whose own
//! snapshot of the tables has the same positions. So whatever a cache returns, be it old, restored, another agent's or
//! garbage, no query gets a wrong answer from it, nor one older than its `min_position`; and a slow, full or dead cache
//! makes queries slower, but never fails them.
//!
//! Of two writes to one key, that of the later position stays: a delayed process does not overwrite what another has
//! written since.

mod breaker;
mod entry;
mod memory;
mod redis;
mod settings;
mod usage;

pub(super) use entry::{Entry, Keys};
pub use memory::MemorySlotCache;
pub use redis::RedisSlotCache;
pub use settings::{InvalidRedis, RedisSettings};
pub use usage::SlotCacheUsage;

/// A cache of computed free time, by key. Clones share their entries.
#[derive(Debug, Clone, Default)]
pub enum SlotCache {
    /// No cache: every query computes what it needs.
    #[default]
    None,
    /// In this process.
    Memory(MemorySlotCache),
    /// In Redis, for several processes.
    Redis(RedisSlotCache),
}

impl SlotCache {
    /// The bytes under each key, in the order of the keys; none where they are missing or unavailable.
    pub async fn get(&self, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        let nothing = || vec![None; keys.len()];
        if keys.is_empty() {
            return nothing();
        }
        match self {
            Self::None => nothing(),
            Self::Memory(memory) => memory.get(keys),
            Self::Redis(redis) => redis.get(keys).await.unwrap_or_else(nothing),
        }
    }

    /// Stores bytes under keys, except where bytes of a later order are stored already.
    ///
    /// The order is in the bytes: an entry begins with a marker of four bytes and an order of 16, big-endian. Bytes
    /// that do not begin like that come before all others.
    pub async fn put(&self, entries: Vec<(String, Vec<u8>)>) {
        match self {
            Self::None => {}
            Self::Memory(memory) => memory.put(entries),
            // An empty batch makes no call.
            Self::Redis(redis) => redis.put(&entries).await,
        }
    }

    /// Its hits, misses and errors so far.
    pub fn usage(&self) -> SlotCacheUsage {
        match self {
            Self::None => SlotCacheUsage::default(),
            Self::Memory(memory) => memory.usage.read(),
            Self::Redis(redis) => redis.usage().read(),
        }
    }

    /// Counts the entries that a query could use, and those that it could not.
    pub(super) fn used(&self, hits: usize, misses: usize) {
        match self {
            Self::None => {}
            Self::Memory(memory) => memory.usage.used(hits, misses),
            Self::Redis(redis) => redis.usage().used(hits, misses),
        }
    }
}
