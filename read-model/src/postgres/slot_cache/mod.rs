//! What is free with each agent on the next days, kept outside of the tables: in Redis for several processes, or in the
//! memory of one.
//!
//! An entry is one agent's [`FreeDays`](availability::FreeDays) for one type. It says of which calendar and office it was
//! computed, by the positions in the log of the last events that changed them, and it is used only by a question whose
//! own snapshot of the tables says the same. So whatever a cache answers, be it old, restored, another agent's or
//! garbage, no question gets a wrong answer from it, nor one older than its `min_position`; and a cache that is slow, full
//! or dead makes a question slower, and never fails one.
//!
//! Between two writes of one key, that of the later position stays: a process that was held up does not take back what
//! another has written since.

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

/// Keeps what has been computed of free time, by key. Clones share what they keep.
#[derive(Debug, Clone, Default)]
pub enum SlotCache {
    /// Nothing is kept: every question computes what it needs.
    #[default]
    None,
    /// In this process.
    Memory(MemorySlotCache),
    /// In Redis, for several processes.
    Redis(RedisSlotCache),
}

impl SlotCache {
    /// The bytes under each key, in the order of the keys; of those that are not there, or cannot be had right now, none.
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

    /// Keeps bytes under keys, except where bytes of a later order are kept already.
    ///
    /// The order is in the bytes: those of an entry begin with four bytes that say so, and 16 of its order, greatest
    /// byte first. Bytes that do not begin like that come before all others.
    pub async fn put(&self, entries: Vec<(String, Vec<u8>)>) {
        match self {
            Self::None => {}
            Self::Memory(memory) => memory.put(entries),
            // Nothing is written as no call at all.
            Self::Redis(redis) => redis.put(&entries).await,
        }
    }

    /// What it has been good for so far.
    pub fn usage(&self) -> SlotCacheUsage {
        match self {
            Self::None => SlotCacheUsage::default(),
            Self::Memory(memory) => memory.usage.read(),
            Self::Redis(redis) => redis.usage().read(),
        }
    }

    /// Counts what a question could use, and what it could not.
    pub(super) fn used(&self, hits: usize, misses: usize) {
        match self {
            Self::None => {}
            Self::Memory(memory) => memory.usage.used(hits, misses),
            Self::Redis(redis) => redis.usage().used(hits, misses),
        }
    }
}
