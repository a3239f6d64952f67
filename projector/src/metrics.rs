//! What the projection and the relay count beside what every reactor does. `docs/metrics.md` says the same of each, for
//! those who read them.

use ::metrics::{counter, describe_counter};

/// Says what the projection's are.
pub(crate) fn describe() {
    describe_counter!("projected_events_total", "Events in the read model since the start.");
    describe_counter!("projection_foreign_events_total", "Events passed over: of no stream of Citas.");
    for name in ["projected_events_total", "projection_foreign_events_total"] {
        counter!(name).increment(0);
    }
}

/// Says what the relay's are.
#[cfg(feature = "kafka")]
pub(crate) fn describe_relay() {
    use ::metrics::{describe_gauge, gauge};

    describe_gauge!("relay_waiting_records", "Records that the broker has not acknowledged yet.");
    describe_counter!("relayed_events_total", "Public events acknowledged by the broker since the start.");
    counter!("relayed_events_total").increment(0);
    gauge!("relay_waiting_records").set(0.0);
}
