use ::metrics::{counter, describe_counter, describe_gauge, gauge};

use super::PostgresReadModel;

impl PostgresReadModel {
    /// Sets the gauges of its connections to what is so. `docs/metrics.md` says what they mean.
    pub fn tell(&self) {
        let (open, idle) = (self.pool.size(), u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX));
        gauge!("database_connections_in_use").set(open.saturating_sub(idle));
        gauge!("database_connections_idle").set(idle);
        gauge!("database_connections_max").set(self.settings.max_connections());
    }
}

/// Says what each is.
pub(super) fn describe() {
    describe_gauge!("database_connections_in_use", "Connections to the database that somebody works with.");
    describe_gauge!("database_connections_idle", "Open connections to the database that nobody works with.");
    describe_gauge!("database_connections_max", "Connections to the database that there may be at the most.");
}

/// The same of a cache of slots, by its name.
pub(super) fn describe_slot_cache(cache: &'static str) {
    describe_counter!("slot_cache_hits_total", "Entries of the slot cache that questions used.");
    describe_counter!(
        "slot_cache_misses_total",
        "Entries that questions needed and did not find, or found too old."
    );
    describe_counter!("slot_cache_errors_total", "Calls of the slot cache that failed or took too long.");
    describe_gauge!("slot_cache_breaker_open", "1 while Redis is not asked, because it has failed, else 0.");
    for name in ["slot_cache_hits_total", "slot_cache_misses_total", "slot_cache_errors_total"] {
        counter!(name, "cache" => cache).increment(0);
    }
}
