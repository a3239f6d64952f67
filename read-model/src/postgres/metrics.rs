//! Metrics of the database connections and the slot cache.

use ::metrics::{counter, describe_counter, describe_gauge, gauge};

use super::PostgresReadModel;

impl PostgresReadModel {
    /// Updates the gauges of its connections, which `docs/metrics.md` explains.
    pub fn update_metrics(&self) {
        let (open, idle) = (self.pool.size(), u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX));
        gauge!("database_connections_in_use").set(open.saturating_sub(idle));
        gauge!("database_connections_idle").set(idle);
        gauge!("database_connections_max").set(self.settings.max_connections());
    }
}

/// Describes the metrics of connections.
pub(super) fn describe() {
    describe_gauge!("database_connections_in_use", "Database connections in use.");
    describe_gauge!("database_connections_idle", "Open database connections that are idle.");
    describe_gauge!("database_connections_max", "Maximum number of database connections.");
}

/// Describes the metrics of a slot cache, and initialises its counters to 0.
pub(super) fn describe_slot_cache(cache: &'static str) {
    describe_counter!("slot_cache_hits_total", "Entries of the slot cache that queries used.");
    describe_counter!(
        "slot_cache_misses_total",
        "Entries that queries needed and did not find, or could not use."
    );
    describe_counter!("slot_cache_computed_total", "Entries of the slot cache that were computed.");
    describe_counter!("slot_cache_errors_total", "Calls to the slot cache that failed or took too long.");
    describe_counter!(
        "slot_cache_writes_refused_total",
        "Writes that the slot cache refused: it is full, or a replica that cannot be written."
    );
    describe_gauge!("slot_cache_breaker_open", "1 while Redis is not used because it has failed, else 0.");
    for name in [
        "slot_cache_hits_total",
        "slot_cache_misses_total",
        "slot_cache_errors_total",
        "slot_cache_writes_refused_total",
    ] {
        counter!(name, "cache" => cache).increment(0);
    }
}
