//! A reactor with its parked streams: passes it events, leaves out those of parked streams, and parks what it cannot
//! handle.

use std::collections::BTreeMap;
use std::sync::Arc;

use event_store::RecordedEvent;

use crate::resume::{Request, ResumeError, Resumed};
use crate::{HandleError, ParkedStream, Reactor, Retry, StartPosition};

/// The parked streams by name.
pub(crate) type Parked = BTreeMap<Arc<str>, ParkedStream>;

/// A reactor with its parked streams. The stream of an event that it cannot handle is parked; all others continue.
#[derive(Debug)]
pub struct ParkingHandler<R> {
    /// The reactor.
    pub reactor: R,
    parked: Arc<Parked>,
    /// The position up to which everything is handled or parked.
    position: Option<u64>,
}

impl<R: Reactor> ParkingHandler<R> {
    /// A reactor that has not begun.
    pub fn new(reactor: R) -> Self {
        Self { reactor, parked: Arc::default(), position: None }
    }

    /// Begins where the reactor says, and returns that position.
    pub async fn begin(&mut self) -> Result<Option<u64>, Retry> {
        let StartPosition { after, parked } = self.reactor.begin().await?;
        match parked {
            Some(parked) => {
                let by_stream = |parked: ParkedStream| (Arc::clone(&parked.stream), parked);
                self.parked = Arc::new(parked.into_iter().map(by_stream).collect());
            }
            // Later events come again, and their streams are parked again.
            None => Arc::make_mut(&mut self.parked).retain(|_, parked| Some(parked.position) <= after),
        }
        self.position = after;
        Ok(after)
    }

    /// The position up to which everything is handled or waits in a parked stream.
    pub const fn position(&self) -> Option<u64> {
        self.position
    }

    /// The streams that are parked.
    pub fn parked(&self) -> impl Iterator<Item = &ParkedStream> {
        self.parked.values()
    }

    /// The parked streams, shared.
    pub(crate) fn shared_parked(&self) -> Arc<Parked> {
        Arc::clone(&self.parked)
    }

    /// Handles the next events, up to a position at or after the last of them; leaves out those of parked streams, and
    /// parks what cannot be handled.
    pub async fn take(&mut self, mut events: Vec<RecordedEvent>, position: u64) -> Result<(), Retry> {
        loop {
            if !self.parked.is_empty() {
                events.retain(|event| !self.parked.contains_key(&event.stream));
            }
            match self.reactor.handle(&events, position).await {
                Ok(()) => break,
                Err(HandleError::Retry(retry)) => return Err(retry),
                Err(HandleError::Unhandled { at, reason }) => {
                    self.park(&events[at], reason).await?;
                    events.drain(..=at);
                }
            }
        }
        self.position = Some(position);
        Ok(())
    }

    async fn park(&mut self, event: &RecordedEvent, reason: String) -> Result<ParkedStream, Retry> {
        let parked = ParkedStream::at(event, reason);
        self.reactor.park(&parked).await?;
        tracing::error!(reactor = self.reactor.name(), event_id = %event.event_id, "{parked}");
        Arc::make_mut(&mut self.parked).insert(Arc::clone(&parked.stream), parked.clone());
        Ok(parked)
    }

    /// The revision after which a parked stream has to be read to resume it; none for its beginning.
    pub(crate) fn resumes_after(&self, request: &Request) -> Result<Option<u64>, ResumeError> {
        let parked = self.parked.get(&*request.stream).ok_or(ResumeError::NotParked)?;
        match request.skips {
            // A repeated request must not skip the next event.
            Some(revision) if revision != parked.revision => {
                Err(ResumeError::ParkedElsewhere { revision: parked.revision })
            }
            Some(revision) => Ok(Some(revision)),
            None => Ok(parked.revision.checked_sub(1)),
        }
    }

    /// Resumes a parked stream with its events.
    pub(crate) async fn resume(
        &mut self,
        request: &Request,
        mut events: Vec<RecordedEvent>,
    ) -> Result<Resumed, Retry> {
        let stream = &*request.stream;
        // Events after the reactor's position will come from the subscription.
        events.retain(|event| Some(event.position) <= self.position);
        let position = self.position.unwrap_or(0);
        let resumed = match self.reactor.resume(stream, &events, position).await {
            Ok(()) => {
                let parked = Arc::make_mut(&mut self.parked).remove(stream);
                Resumed::Handled {
                    revision: events.last().map(|last| last.revision).or_else(|| Some(parked?.revision)),
                }
            }
            Err(HandleError::Retry(retry)) => return Err(retry),
            Err(HandleError::Unhandled { at, reason }) => {
                Resumed::ParkedAgain(self.park(&events[at], reason).await?)
            }
        };
        Ok(resumed)
    }
}
