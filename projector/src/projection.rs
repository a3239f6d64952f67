//! The projection as a reactor. The read model itself stores the position and the parked streams.

use chrono::{DateTime, TimeDelta, Utc};
use event_store::{Landmark, RecordedEvent, StreamFilter};
use reactor::{HandleError, Reactor, Retry, StartPosition};
use read_model::{ParkedStream, ProjectError, ProjectedEvent, ReadModel, Unavailable};
use schemas::stream;

use crate::decode::{Cause, decode};
use crate::spans::BatchSpan;

/// How often it looks for what others have changed, while there are no events that would tell.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(5);

/// The streams that are projected.
pub(crate) fn filter() -> StreamFilter {
    StreamFilter::prefixes([stream::AGENT_PREFIX, stream::OFFICE, stream::MOVE_PREFIX, stream::LEAD_PREFIX])
}

/// The projection into a read model.
#[derive(Debug)]
pub(crate) struct Projection {
    read_model: ReadModel,
    /// As the read model has them.
    parked: Vec<ParkedStream>,
    look_at: DateTime<Utc>,
}

impl Projection {
    pub(crate) fn new(read_model: impl Into<ReadModel>) -> Self {
        crate::metrics::describe();
        Self { read_model: read_model.into(), parked: Vec::new(), look_at: DateTime::<Utc>::MIN_UTC }
    }
}

impl Reactor for Projection {
    fn name(&self) -> &'static str {
        crate::PROJECTION
    }

    fn filter(&self) -> StreamFilter {
        filter()
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        self.look_at = DateTime::<Utc>::MIN_UTC;
        self.parked = self.read_model.parked().await.map_err(Retry::new)?;
        let position = self.read_model.position().await.map_err(Retry::new)?;
        let parked = Some(self.parked.iter().map(to_reactor).collect());
        Ok(StartPosition { after: (0 < position).then_some(position), parked })
    }

    async fn landmark(&mut self) -> Result<Option<Landmark>, Retry> {
        self.read_model.landmark().await.map_err(retry)
    }

    async fn handle(&mut self, events: &[RecordedEvent], position: u64) -> Result<(), HandleError> {
        let Decoded { decoded, failed } = Decoded::of(events);
        let (count, applied) = (decoded.len(), decoded.last().map(|event| event.position));
        let traced = BatchSpan::begin(&decoded);
        let outcome = self.read_model.apply(decoded, &self.parked).await;
        if let Err(ProjectError::Unavailable(_)) = outcome {
            traced.failed("unavailable");
        }
        handled(outcome, failed, events)?;
        if applied != Some(position) {
            self.read_model.advance(position, &self.parked).await.map_err(retry)?;
        }
        if count > 0 {
            metrics::counter!("projected_events_total").increment(count as u64);
        }
        Ok(())
    }

    async fn park(&mut self, parked: &reactor::ParkedStream) -> Result<(), Retry> {
        let parked = to_read_model(parked);
        self.read_model.park(&parked).await.map_err(retry)?;
        self.parked.retain(|other| other.stream != parked.stream);
        self.parked.push(parked);
        Ok(())
    }

    async fn resume(
        &mut self,
        stream: &str,
        events: &[RecordedEvent],
        position: u64,
    ) -> Result<(), HandleError> {
        let Decoded { decoded, failed } = Decoded::of(events);
        // The stream must stay parked while an event of it cannot be read.
        let next = failed
            .as_ref()
            .map(|(at, cause)| to_read_model(&reactor::ParkedStream::at(&events[*at], cause.to_string())));
        let outcome = self.read_model.resume(stream, decoded, next.as_ref(), position).await;
        handled(outcome, failed, events)?;
        self.parked.retain(|parked| parked.stream != stream);
        Ok(())
    }

    fn cure(&self) -> &'static str {
        if matches!(self.read_model, ReadModel::Memory(_)) {
            "restart this process, which then reads the log anew"
        } else {
            "run `projector rebuild`, which fills the tables from the store that is named"
        }
    }

    async fn caught_up(&mut self) -> Result<(), Retry> {
        self.read_model.catch_up().await.map_err(retry)
    }

    fn wake_at(&self) -> Option<DateTime<Utc>> {
        Some(self.look_at)
    }

    /// Begins anew if a rebuild has put tables in use that have other parked streams, or none: without that, it would say so
    /// only after the next event.
    async fn woken(&mut self, now: DateTime<Utc>) -> Result<(), Retry> {
        self.look_at = now.checked_add_signed(LOOK_EVERY).unwrap_or(now);
        let parked = self.read_model.parked().await.map_err(retry)?;
        let is_known = |one: &ParkedStream| self.parked.contains(one);
        if parked.len() == self.parked.len() && parked.iter().all(is_known) {
            return Ok(());
        }
        Err(Retry::new("the tables have other parked streams than before, as after a rebuild"))
    }
}

/// Decoded events, up to the first that cannot be read.
pub(crate) struct Decoded {
    pub(crate) decoded: Vec<ProjectedEvent>,
    /// The index of that event, and the reason.
    pub(crate) failed: Option<(usize, Cause)>,
}

impl Decoded {
    pub(crate) fn of(events: &[RecordedEvent]) -> Self {
        let mut decoded = Vec::with_capacity(events.len());
        for (at, event) in events.iter().enumerate() {
            match decode(event) {
                Ok(Some(event)) => decoded.push(event),
                Ok(None) => {
                    metrics::counter!("projection_foreign_events_total").increment(1);
                    tracing::warn!(stream = %event.stream, position = event.position, "not a stream of Citas");
                }
                Err(cause) => return Self { decoded, failed: Some((at, cause)) },
            }
        }
        Self { decoded, failed: None }
    }
}

/// The result for all events, from the outcome of the decoded ones and the reason why another cannot be read.
pub(crate) fn handled(
    outcome: Result<(), ProjectError>,
    failed: Option<(usize, Cause)>,
    events: &[RecordedEvent],
) -> Result<(), HandleError> {
    let (at, cause) = match (outcome, failed) {
        (Ok(()), None) => return Ok(()),
        (Ok(()), Some(failed)) => failed,
        (Err(ProjectError::Unavailable(unavailable)), _) => return Err(retry(unavailable).into()),
        (Err(ProjectError::ApplyErrorReason(error)), _) => {
            let at = events.iter().position(|event| event.position == error.position);
            (at.expect("an event that was applied is one of the batch"), Cause::Apply(error.reason))
        }
    };
    Err(HandleError::Unhandled { at, reason: cause.to_string() })
}

pub(crate) fn retry(unavailable: Unavailable) -> Retry {
    Retry::new(unavailable)
}

pub(crate) fn to_reactor(parked: &ParkedStream) -> reactor::ParkedStream {
    let ParkedStream { stream, position, revision, event_type, reason } = parked.clone();
    reactor::ParkedStream { stream: stream.into(), revision, position, event_type, reason }
}

pub(crate) fn to_read_model(parked: &reactor::ParkedStream) -> ParkedStream {
    let reactor::ParkedStream { stream, revision, position, event_type, reason } = parked.clone();
    ParkedStream { stream: stream.to_string(), position, revision, event_type, reason }
}
