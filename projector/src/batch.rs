use std::time::Instant;

use event_store::RecordedEvent;
use read_model::{ProjectError, ReadModel, Unavailable};

use crate::Failure;
use crate::decode::decode;
use crate::traced::Traced;

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
pub(crate) async fn project(read_model: &ReadModel, events: &[RecordedEvent]) -> Result<(), Stopped> {
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
    let (traced, begun_at) = (Traced::begin(&decoded), Instant::now());
    match read_model.apply(decoded).await {
        Ok(()) => {}
        Err(ProjectError::Misfit(error)) => {
            let failure = Failure::misfit(events, error);
            return Err(Stopped::At(failure.expect("an event that was applied is one of the batch")));
        }
        Err(ProjectError::Unavailable(unavailable)) => {
            traced.failed("unavailable");
            return Err(unavailable.into());
        }
    }
    if let Some(failure) = failed {
        return Err(Stopped::At(failure));
    }
    if let Some(last) = events.last().filter(|last| applied != Some(last.position)) {
        read_model.advance(last.position).await?;
    }
    if count > 0 {
        metrics::counter!("projected_events_total").increment(count as u64);
        metrics::histogram!("projection_batch_size")
            .record(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        metrics::histogram!("projection_batch_duration_seconds").record(begun_at.elapsed().as_secs_f64());
    }
    Ok(())
}
