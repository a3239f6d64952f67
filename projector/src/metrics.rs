//! The metrics of the projection and the relay, beside those of every reactor; `docs/metrics.md` explains each to
//! operators.

use ::metrics::{counter, describe_counter};

/// Describes the projection's metrics.
pub(crate) fn describe() {
    describe_counter!("projected_events_total", "Events applied to the read model since the start.");
    describe_counter!(
        "projection_foreign_events_total",
        "Events left out, because their stream is not one of Citas."
    );
    for name in ["projected_events_total", "projection_foreign_events_total"] {
        counter!(name).increment(0);
    }
}

/// Describes the relay's metrics.
#[cfg(feature = "kafka")]
pub(crate) fn describe_relay() {
    use ::metrics::{describe_gauge, gauge};

    describe_gauge!("relay_waiting_records", "Records that the broker has not acknowledged yet.");
    describe_counter!("relayed_events_total", "Public events committed to the topic since the start.");
    describe_counter!(
        "relay_topic_losses_total",
        "How often the topic had lost records that were written to it."
    );
    describe_gauge!("relay_unused_partitions", "Partitions that were added to the topic, and are not used.");
    for name in ["relayed_events_total", "relay_topic_losses_total"] {
        counter!(name).increment(0);
    }
    gauge!("relay_unused_partitions").set(0.0);
    gauge!("relay_waiting_records").set(0.0);
}
