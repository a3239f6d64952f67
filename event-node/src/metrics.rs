//! The node's metrics. `docs/metrics.md` repeats their descriptions.

use std::time::Duration;

use ::metrics::{Unit, describe_gauge, describe_histogram, gauge, histogram};

/// Describes the metrics, and initialises those for which zero is already true.
pub(crate) fn describe() {
    describe_histogram!(
        "event_node_commit_duration_seconds",
        Unit::Seconds,
        "Time to commit a group of appends to disk, in one transaction."
    );
    describe_histogram!("event_node_commit_size", Unit::Count, "Appends that shared a transaction.");
    describe_gauge!("event_node_position", "Position of the last event on disk.");
    describe_gauge!("event_node_subscriptions", "Open subscriptions.");
    for name in ["event_node_commit_duration_seconds", "event_node_commit_size"] {
        drop(histogram!(name));
    }
    gauge!("event_node_subscriptions").increment(0.0);
}

/// Records the position of the last event on disk.
pub(crate) fn opened(last_position: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes of log are far off")]
    gauge!("event_node_position").set(last_position as f64);
}

/// Records a committed group of appends.
pub(crate) fn committed(appends: usize, took: Duration, last_position: u64) {
    histogram!("event_node_commit_duration_seconds").record(took.as_secs_f64());
    histogram!("event_node_commit_size").record(f64::from(u32::try_from(appends).unwrap_or(u32::MAX)));
    opened(last_position);
}

/// Counts an open subscription for as long as this value lives.
#[derive(Debug)]
pub(crate) struct OpenSubscription;

impl OpenSubscription {
    pub(crate) fn begin() -> Self {
        gauge!("event_node_subscriptions").increment(1.0);
        Self
    }
}

impl Drop for OpenSubscription {
    fn drop(&mut self) {
        gauge!("event_node_subscriptions").decrement(1.0);
    }
}
