//! What the node counts. `docs/metrics.md` says the same of each, for those who read them.

use std::time::Duration;

use ::metrics::{Unit, describe_gauge, describe_histogram, gauge, histogram};

/// Says what each is, and begins them at nothing.
pub(crate) fn describe() {
    describe_histogram!(
        "event_node_commit_duration_seconds",
        Unit::Seconds,
        "Time to write a group of appends in one transaction, until it is on the disk."
    );
    describe_histogram!("event_node_commit_size", Unit::Count, "Appends that shared a transaction.");
    describe_gauge!("event_node_position", "Position of the last event that is on the disk.");
    describe_gauge!("event_node_subscriptions", "Subscriptions that are being served.");
    for name in ["event_node_commit_duration_seconds", "event_node_commit_size"] {
        drop(histogram!(name));
    }
    gauge!("event_node_subscriptions").increment(0.0);
}

/// This is on the disk at the start.
pub(crate) fn opened(last_position: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes of log are far off")]
    gauge!("event_node_position").set(last_position as f64);
}

/// A group of appends is on the disk.
pub(crate) fn committed(appends: usize, took: Duration, last_position: u64) {
    histogram!("event_node_commit_duration_seconds").record(took.as_secs_f64());
    histogram!("event_node_commit_size").record(f64::from(u32::try_from(appends).unwrap_or(u32::MAX)));
    opened(last_position);
}

/// A subscription, for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Counted;

impl Counted {
    pub(crate) fn begin() -> Self {
        gauge!("event_node_subscriptions").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!("event_node_subscriptions").decrement(1.0);
    }
}
