//! Metrics of the database connections and the slot cache.

use ::metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use tokio::time::Instant;

use super::PostgresReadModel;
use super::seen::NotReady;

impl PostgresReadModel {
    /// Updates the gauges of its connections and of what it has seen, which `docs/metrics.md` explains.
    pub fn update_metrics(&self) {
        let (open, idle) = (self.pool.size(), u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX));
        gauge!("database_connections_in_use").set(open.saturating_sub(idle));
        gauge!("database_connections_idle").set(idle);
        gauge!("database_connections_max").set(self.settings.max_connections());
        let (seen, now) = (self.watch.seen(), Instant::now());
        let known = |is_so: bool| if seen.is_unknown() { f64::NAN } else { f64::from(u8::from(is_so)) };
        // Without the database nobody can lead for long.
        gauge!("projection_has_leader").set(f64::from(u8::from(seen.leader(now).is_ok())));
        gauge!("projection_stalled").set(known(seen.stalled(now).is_err()));
        gauge!("projection_lag_seconds").set(seen.lag(now).map_or(f64::NAN, |lag| lag.as_secs_f64()));
        let is_other = matches!(seen.ready, Err(NotReady::OtherRelease { .. }));
        gauge!("read_model_schema_matches").set(known(!is_other));
    }
}

/// Describes the metrics of connections, and of what is seen of the projection.
pub(super) fn describe() {
    describe_gauge!("database_connections_in_use", "Database connections in use.");
    describe_gauge!("database_connections_idle", "Open database connections that are idle.");
    describe_gauge!("database_connections_max", "Maximum number of database connections.");
    describe_gauge!("projection_has_leader", "1 while a projector leads, 0 while none is known to.");
    describe_gauge!(
        "projection_stalled",
        "1 while the projection has not moved for 10 s although the log has."
    );
    describe_gauge!(
        "projection_lag_seconds",
        Unit::Seconds,
        "Age of the oldest event that may be missing from the read model, by the database's clock."
    );
    describe_gauge!("read_model_schema_matches", "1 if the read model's tables are of this release, else 0.");
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
