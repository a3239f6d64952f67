//! What a projection and the relay count. `docs/metrics.md` says the same of each, for those who read them.

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Says what a projection's are, and begins those of which nothing is not a lie.
pub(crate) fn describe() {
    describe_gauge!("projection_position", "Position of the log up to which the read model is complete.");
    describe_gauge!(
        "projection_lag_seconds",
        Unit::Seconds,
        "Age of the oldest event that is not in the read model; while the log cannot be asked, time since it could."
    );
    describe_gauge!(
        "projection_lag_positions",
        "Distance between the end of the log and the projection, in positions, which grow by more than one an event."
    );
    describe_gauge!("event_store_reachable", "1 while the log answers how long it is, else 0.");
    describe_gauge!("projection_stopped", "1 once an event cannot be projected and no later one is, else 0.");
    describe_counter!("projected_events_total", "Events in the read model since the start.");
    describe_counter!("projection_foreign_events_total", "Events passed over: of no stream of Citas.");
    describe_counter!(
        "projection_retries_total",
        "Batches tried again, as the read model could not be written."
    );
    describe_histogram!("projection_batch_size", Unit::Count, "Events applied together.");
    describe_histogram!(
        "projection_batch_duration_seconds",
        Unit::Seconds,
        "Time to apply a batch of events and keep the position."
    );
    for name in ["projected_events_total", "projection_foreign_events_total", "projection_retries_total"] {
        counter!(name).increment(0);
    }
    for name in ["projection_batch_size", "projection_batch_duration_seconds"] {
        drop(histogram!(name));
    }
    gauge!("projection_stopped").set(0.0);
}

/// Says what the relay's are.
#[cfg(feature = "kafka")]
pub(crate) fn describe_relay() {
    describe_gauge!("relay_position", "Position of the log up to which every public event is acknowledged.");
    describe_gauge!(
        "relay_age_seconds",
        Unit::Seconds,
        "Age of the oldest event that is not relayed; before the first record, time that Kafka has been away."
    );
    describe_gauge!(
        "relay_lag_positions",
        "Distance between the end of the log and the relay, in positions, which grow by more than one an event."
    );
    describe_gauge!("relay_waiting_records", "Records that the broker has not acknowledged yet.");
    describe_counter!("relayed_events_total", "Public events acknowledged by the broker since the start.");
    describe_counter!("relay_retries_total", "Times that the relay began anew because Kafka failed it.");
    for name in ["relayed_events_total", "relay_retries_total"] {
        counter!(name).increment(0);
    }
    gauge!("relay_waiting_records").set(0.0);
}
