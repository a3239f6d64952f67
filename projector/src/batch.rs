use chrono::{DateTime, Utc};
use event_store::RecordedEvent;
use read_model::MemoryReadModel;

use crate::Failure;
use crate::decode::decode;

/// Applies events in order, up to the first that cannot be applied.
pub(crate) fn project(
    read_model: &MemoryReadModel,
    events: &[RecordedEvent],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut decoded = Vec::with_capacity(events.len());
    let mut failed = None;
    for event in events {
        match decode(event) {
            Ok(Some(event)) => decoded.push(event),
            Ok(None) => {
                metrics::counter!("projection_foreign_events_total").increment(1);
                tracing::warn!(stream = %event.stream, position = event.position, "not a stream of Citas");
            }
            Err(failure) => {
                failed = Some(failure);
                break;
            }
        }
    }
    let count = decoded.len();
    let newest = decoded.last().map(|event| event.metadata.recorded_at);
    let applied = read_model.apply(decoded);
    if let Err(error) = applied {
        return Err(Failure::misfit(events, error).expect("an event that was applied is one of the batch"));
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    if let Some(last) = events.last() {
        read_model.advance(last.position);
    }
    metrics::counter!("projected_events_total").increment(count as u64);
    if let Some(recorded_at) = newest {
        metrics::gauge!("projection_lag_seconds").set(seconds_between(recorded_at, now));
    }
    Ok(())
}

fn seconds_between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> f64 {
    (later - earlier).max(chrono::TimeDelta::zero()).as_seconds_f64()
}
