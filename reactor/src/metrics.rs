//! The metrics of every reactor; `docs/metrics.md` explains each to operators.

use std::time::Duration;

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Describes the metrics, and initialises those for which zero is already true.
pub(crate) fn begin(reactor: &'static str) {
    describe_gauge!("reactor_position", "Position of the log up to which everything is handled or parked.");
    describe_gauge!("reactor_caught_up", "1 once all events from before the start are handled, else 0.");
    describe_gauge!(
        "reactor_parked_streams",
        "Streams whose events wait because one of them cannot be handled."
    );
    describe_gauge!(
        "reactor_lag_seconds",
        Unit::Seconds,
        "Age of the oldest event that is not handled; it keeps growing while the log cannot be read."
    );
    describe_gauge!(
        "reactor_lag_positions",
        "Distance to the end of the log, in positions, which grow by more than one an event."
    );
    describe_gauge!("event_store_reachable", "1 while the end of the log can be read, else 0.");
    describe_gauge!(
        "reactor_has_foreign_log",
        "1 while the event store has another log than the one that was read so far, else 0."
    );
    describe_counter!("reactor_retries_total", "Restarts of the reactor after a transient failure.");
    describe_counter!("reactor_skipped_events_total", "Events that an operator skipped.");
    describe_histogram!("reactor_batch_size", Unit::Count, "Events handled together.");
    describe_histogram!("reactor_batch_duration_seconds", Unit::Seconds, "Time to handle a batch of events.");
    for name in ["reactor_retries_total", "reactor_skipped_events_total"] {
        counter!(name, "reactor" => reactor).increment(0);
    }
    for name in ["reactor_batch_size", "reactor_batch_duration_seconds"] {
        drop(histogram!(name, "reactor" => reactor));
    }
    gauge!("reactor_caught_up", "reactor" => reactor).set(0.0);
    gauge!("reactor_parked_streams", "reactor" => reactor).set(0.0);
    gauge!("reactor_has_foreign_log", "reactor" => reactor).set(0.0);
}

/// Sets the metrics of a running reactor. Once it ends, the gauges are cleared: another process may continue it, and
/// stale values must not raise an alarm.
#[derive(Debug)]
pub(crate) struct Telemetry(pub(crate) &'static str);

impl Telemetry {
    pub(crate) fn position(&self, position: u64) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes of log are far off")]
        gauge!("reactor_position", "reactor" => self.0).set(position as f64);
    }

    pub(crate) fn caught_up(&self) {
        gauge!("reactor_caught_up", "reactor" => self.0).set(1.0);
    }

    pub(crate) fn has_foreign_log(&self, has: bool) {
        gauge!("reactor_has_foreign_log", "reactor" => self.0).set(f64::from(u8::from(has)));
    }

    pub(crate) fn parked(&self, streams: usize) {
        gauge!("reactor_parked_streams", "reactor" => self.0).set(count(streams));
    }

    pub(crate) fn retried(&self) {
        counter!("reactor_retries_total", "reactor" => self.0).increment(1);
    }

    pub(crate) fn skipped(&self) {
        counter!("reactor_skipped_events_total", "reactor" => self.0).increment(1);
    }

    pub(crate) fn handled(&self, events: usize, took: Duration) {
        histogram!("reactor_batch_size", "reactor" => self.0).record(count(events));
        histogram!("reactor_batch_duration_seconds", "reactor" => self.0).record(took.as_secs_f64());
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.parked(0);
        self.has_foreign_log(false);
        for name in ["reactor_position", "reactor_caught_up"] {
            gauge!(name, "reactor" => self.0).set(f64::NAN);
        }
    }
}

/// Sets whether this process is the leader of a group.
pub(crate) fn leads(group: &'static str, leads: bool) {
    describe_gauge!("reactor_leads", "1 while this process is the leader and runs the group, else 0.");
    gauge!("reactor_leads", "group" => group).set(if leads { 1.0 } else { 0.0 });
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
