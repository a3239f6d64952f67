use std::sync::atomic::{AtomicU64, Ordering};

use crate::postgres::metrics::describe_slot_cache;

/// A cache's hits, misses and errors since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotCacheUsage {
    /// Entries that queries used.
    pub hits: u64,
    /// Entries that queries needed and did not find, or could not use.
    pub misses: u64,
    /// Entries that were computed. Fewer than the misses where several queries missed the same one at once.
    pub computed: u64,
    /// Calls that failed or took too long.
    pub errors: u64,
}

/// Counts the same, here and as metrics.
#[derive(Debug)]
pub(super) struct Usage {
    cache: &'static str,
    hits: AtomicU64,
    misses: AtomicU64,
    computed: AtomicU64,
    errors: AtomicU64,
}

impl Usage {
    /// `cache` is its label in metrics.
    pub(super) fn new(cache: &'static str) -> Self {
        describe_slot_cache(cache);
        let [hits, misses, computed, errors] = [(); 4].map(|()| AtomicU64::new(0));
        Self { cache, hits, misses, computed, errors }
    }

    pub(super) fn used(&self, hits: usize, misses: usize) {
        let (hits, misses) = (count(hits), count(misses));
        self.hits.fetch_add(hits, Ordering::Relaxed);
        self.misses.fetch_add(misses, Ordering::Relaxed);
        metrics::counter!("slot_cache_hits_total", "cache" => self.cache).increment(hits);
        metrics::counter!("slot_cache_misses_total", "cache" => self.cache).increment(misses);
    }

    pub(super) fn computed(&self, entries: usize) {
        let entries = count(entries);
        self.computed.fetch_add(entries, Ordering::Relaxed);
        metrics::counter!("slot_cache_computed_total", "cache" => self.cache).increment(entries);
    }

    pub(super) fn failed(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("slot_cache_errors_total", "cache" => self.cache).increment(1);
    }

    /// A refused write is a failed call, too.
    pub(super) fn write_refused(&self) {
        self.failed();
        metrics::counter!("slot_cache_writes_refused_total", "cache" => self.cache).increment(1);
    }

    pub(super) fn read(&self) -> SlotCacheUsage {
        let [hits, misses, computed, errors] = [&self.hits, &self.misses, &self.computed, &self.errors]
            .map(|count| count.load(Ordering::Relaxed));
        SlotCacheUsage { hits, misses, computed, errors }
    }
}

fn count(entries: usize) -> u64 {
    entries.try_into().unwrap_or(u64::MAX)
}
