use chrono::{DateTime, Utc};
use event_store::RecordedEvent;
use read_model::{ProjectError, ReadModel, Unavailable};

use crate::Failure;
use crate::decode::decode;

/// Why events were not projected.
pub(crate) enum Stopped {
    /// One of them cannot be; those before it are.
    At(Failure),
    /// Later they may be.
    Unavailable(Unavailable),
}

impl From<Unavailable> for Stopped {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

/// Applies events in order, up to the first that cannot be applied. What was applied before is left out.
pub(crate) async fn project(
    read_model: &ReadModel,
    events: &[RecordedEvent],
    now: DateTime<Utc>,
) -> Result<(), Stopped> {
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
    let (count, applied) = (decoded.len(), decoded.last().map(|event| event.position));
    let newest = decoded.last().map(|event| event.metadata.recorded_at);
    match read_model.apply(decoded).await {
        Ok(()) => {}
        Err(ProjectError::Misfit(error)) => {
            let failure = Failure::misfit(events, error);
            return Err(Stopped::At(failure.expect("an event that was applied is one of the batch")));
        }
        Err(ProjectError::Unavailable(unavailable)) => return Err(unavailable.into()),
    }
    if let Some(failure) = failed {
        return Err(Stopped::At(failure));
    }
    if let Some(last) = events.last().filter(|last| applied != Some(last.position)) {
        read_model.advance(last.position).await?;
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
