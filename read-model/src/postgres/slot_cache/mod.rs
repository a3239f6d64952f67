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
//!
//! In production both are used: what a process has computed or once got from Redis it keeps in its memory, which is
//! asked first. So a Redis that is emptied, or away, costs one computation of what has changed since, and not one for
//! every query. And what several queries of a process miss at the same time is computed by one of them.

mod breaker;
mod computing;
mod entry;
mod memory;
mod redis;
mod settings;
mod usage;

pub(super) use computing::{Claimed, Version};
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
    /// In this process first, then in Redis.
    MemoryAndRedis(MemorySlotCache, RedisSlotCache),
}

impl SlotCache {
    /// The bytes under each key, in the order of the keys; none where they are missing or unavailable.
    pub async fn get(&self, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        self.find(keys, |_, bytes| Some(bytes.to_vec())).await
    }

    /// What `read` makes of the bytes under each key, in the order of the keys. Bytes that it makes nothing of are
    /// looked up further away.
    pub(super) async fn find<T>(
        &self,
        keys: &[String],
        read: impl Fn(&str, &[u8]) -> Option<T>,
    ) -> Vec<Option<T>> {
        let mut found = self.recall(keys, &read);
        let missing: Vec<usize> = (0..keys.len()).filter(|at| found[*at].is_none()).collect();
        if let Some(memory) = self.memory() {
            memory.usage.used(keys.len() - missing.len(), missing.len());
        }
        let Some(redis) = self.redis().filter(|_| !missing.is_empty()) else { return found };
        let names: Vec<String> = missing.iter().map(|at| keys[*at].clone()).collect();
        let got = redis.get(&names).await.unwrap_or_default();
        let mut read_now = Vec::new();
        for ((at, name), bytes) in missing.iter().zip(names).zip(got) {
            let Some(bytes) = bytes else { continue };
            found[*at] = read(&name, &bytes);
            if found[*at].is_some() {
                read_now.push((name, bytes));
            }
        }
        redis.usage().used(read_now.len(), missing.len() - read_now.len());
        if let Some(memory) = self.memory() {
            memory.put(read_now);
        }
        found
    }

    /// The same from the memory of this process alone, and not counted.
    pub(super) fn recall<T>(
        &self,
        keys: &[String],
        read: impl Fn(&str, &[u8]) -> Option<T>,
    ) -> Vec<Option<T>> {
        match self.memory() {
            Some(memory) => memory.find(keys, read),
            None => keys.iter().map(|_| None).collect(),
        }
    }

    /// Takes on to compute these entries, except those that another query of this process is computing.
    pub(super) fn claim(&self, missing: &[Version]) -> Claimed {
        self.memory().map_or_else(|| Claimed::all(missing), |memory| memory.computing.claim(missing))
    }

    /// Stores bytes under keys, except where bytes of a later order are stored already.
    ///
    /// The order is in the bytes: an entry begins with a marker of four bytes and an order of 16, big-endian. Bytes
    /// that do not begin like that come before all others.
    pub async fn put(&self, entries: Vec<(String, Vec<u8>)>) {
        self.keep(&entries);
        self.share(&entries).await;
    }

    /// Stores what this process has computed in its memory.
    pub(super) fn keep(&self, entries: &[(String, Vec<u8>)]) {
        if let Some(memory) = self.memory() {
            memory.usage.computed(entries.len());
            memory.put(entries.iter().cloned());
        }
    }

    /// Stores them for other processes.
    pub(super) async fn share(&self, entries: &[(String, Vec<u8>)]) {
        if let Some(redis) = self.redis() {
            // An empty batch makes no call.
            redis.put(entries).await;
        }
    }

    /// Its hits, misses and errors so far. What the memory misses and Redis has is a hit.
    pub fn usage(&self) -> SlotCacheUsage {
        let memory = self.memory().map(|memory| memory.usage.read()).unwrap_or_default();
        let Some(redis) = self.redis().map(|redis| redis.usage().read()) else { return memory };
        SlotCacheUsage { hits: memory.hits + redis.hits, computed: memory.computed, ..redis }
    }

    const fn memory(&self) -> Option<&MemorySlotCache> {
        match self {
            Self::Memory(memory) | Self::MemoryAndRedis(memory, _) => Some(memory),
            Self::None | Self::Redis(_) => None,
        }
    }

    const fn redis(&self) -> Option<&RedisSlotCache> {
        match self {
            Self::Redis(redis) | Self::MemoryAndRedis(_, redis) => Some(redis),
            Self::None | Self::Memory(_) => None,
        }
    }
}
