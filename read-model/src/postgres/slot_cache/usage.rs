use std::sync::atomic::{AtomicU64, Ordering};

use crate::postgres::metrics::describe_slot_cache;

/// A cache's hits, misses and errors since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotCacheUsage {
    /// Entries that queries used.
    pub hits: u64,
    /// Entries that queries needed and did not find, or could not use.
    pub misses: u64,
    /// Calls that failed or took too long.
    pub errors: u64,
}

/// Counts the same, here and as metrics.
#[derive(Debug)]
pub(super) struct Usage {
    cache: &'static str,
    hits: AtomicU64,
    misses: AtomicU64,
    errors: AtomicU64,
}

impl Usage {
    /// `cache` is its label in metrics.
    pub(super) fn new(cache: &'static str) -> Self {
        describe_slot_cache(cache);
        let [hits, misses, errors] = [(); 3].map(|()| AtomicU64::new(0));
        Self { cache, hits, misses, errors }
    }

    pub(super) fn used(&self, hits: usize, misses: usize) {
        let (hits, misses) = (count(hits), count(misses));
        self.hits.fetch_add(hits, Ordering::Relaxed);
        self.misses.fetch_add(misses, Ordering::Relaxed);
        metrics::counter!("slot_cache_hits_total", "cache" => self.cache).increment(hits);
        metrics::counter!("slot_cache_misses_total", "cache" => self.cache).increment(misses);
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
        let [hits, misses, errors] =
            [&self.hits, &self.misses, &self.errors].map(|count| count.load(Ordering::Relaxed));
        SlotCacheUsage { hits, misses, errors }
    }
}

fn count(entries: usize) -> u64 {
    entries.try_into().unwrap_or(u64::MAX)
}
