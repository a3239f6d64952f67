use std::sync::Arc;

use eventstore::{Position, ReadAllOptions, ReadStream, ReadStreamOptions, StreamPosition};
use tokio::time::{Instant, timeout};

use crate::connection::Live;
use crate::event::RecordedEvent;
use crate::fault::{Fault, Verdict, verdict};
use crate::filter::{StreamFilter, is_system};
use crate::store::{CallError, EventStore};

/// Why a read has no result.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The server could not be reached, fell silent or broke off; the same read may succeed later.
    #[error("the event store is not reachable")]
    Unavailable(#[source] Fault),
    /// The server refused the read, for lack of access or because the stream was deleted for good.
    #[error("the event store refused the read")]
    Rejected(#[source] Fault),
}

impl From<CallError> for ReadError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(fault) | CallError::Unanswered(fault) => Self::Unavailable(fault),
            // A missing stream is reported within an answer; this is a node that knows no leader.
            CallError::Refused(error @ eventstore::Error::ResourceNotFound) => {
                Self::Unavailable(error.into())
            }
            CallError::Refused(error) => Self::Rejected(error.into()),
        }
    }
}

impl EventStore {
    /// The stream's events in order, those after a revision or all; none if there is no such stream.
    pub async fn load(&self, stream: &str, after: Option<u64>) -> Result<Vec<RecordedEvent>, ReadError> {
        let start = after
            .map_or(StreamPosition::Start, |revision| StreamPosition::Position(revision.saturating_add(1)));
        let options = ReadStreamOptions::default().forwards().position(start);
        let mut reading = self.read_stream(stream, &options).await?;
        let mut name = Arc::from(stream);
        let mut events = Vec::new();
        while let Some(event) = reading.next().await? {
            if !is_system(&event) {
                events.push(RecordedEvent::from_client(event, &mut name));
            }
        }
        Ok(events)
    }

    /// The revision of the stream's last event, if it has one.
    pub async fn stream_revision(&self, stream: &str) -> Result<Option<u64>, ReadError> {
        Ok(self.last_of(stream).await?.map(|event| event.revision))
    }

    /// The position of the last event that passes the filter and is not the server's own, if there is one.
    pub async fn head_of(&self, filter: &StreamFilter) -> Result<Option<u64>, ReadError> {
        // Events that pass the filter are almost never the server's own, so one usually suffices.
        for count in [1, usize::MAX] {
            let options = ReadAllOptions::default()
                .backwards()
                .position(StreamPosition::End)
                .max_count(count)
                .filter(filter.to_client());
            let mut reading = self.read_log(&options).await?;
            let mut is_empty = true;
            while let Some(event) = reading.next().await? {
                is_empty = false;
                if !is_system(&event) {
                    if count == 1 {
                        reading.read_to_end().await;
                    }
                    return Ok(Some(event.position.commit));
                }
            }
            if is_empty {
                break;
            }
        }
        Ok(None)
    }

    /// At most `max` events of the whole log in order, after a position or from its beginning.
    ///
    /// Fewer than `max` means that there were no more.
    pub async fn read_all(
        &self,
        after: Option<u64>,
        max: usize,
        filter: &StreamFilter,
    ) -> Result<Vec<RecordedEvent>, ReadError> {
        let mut cursor = after;
        let mut name = Arc::from("");
        let mut events = Vec::new();
        while events.len() < max {
            // The server begins at the position itself, so the known event comes again.
            let count = (max - events.len()).saturating_add(usize::from(cursor.is_some()));
            let start = cursor.map_or(StreamPosition::Start, |position| {
                StreamPosition::Position(Position { commit: position, prepare: position })
            });
            let options = ReadAllOptions::default()
                .forwards()
                .position(start)
                .max_count(count)
                .filter(filter.to_client());
            let mut reading = self.read_log(&options).await?;
            let mut received = 0;
            while let Some(event) = reading.next().await? {
                received += 1;
                let known = cursor.is_some_and(|known| event.position.commit <= known);
                cursor = cursor.max(Some(event.position.commit));
                if !known && !is_system(&event) && events.len() < max {
                    events.push(RecordedEvent::from_client(event, &mut name));
                }
            }
            if received < count {
                break;
            }
        }
        Ok(events)
    }

    pub(crate) async fn last_of(&self, stream: &str) -> Result<Option<eventstore::RecordedEvent>, ReadError> {
        let options = ReadStreamOptions::default().position(StreamPosition::End).max_count(1);
        let mut reading = self.read_stream(stream, &options).await?;
        let last = reading.next().await?;
        if last.is_some() {
            reading.read_to_end().await;
        }
        Ok(last)
    }

    async fn read_stream(&self, stream: &str, options: &ReadStreamOptions) -> Result<Reading<'_>, ReadError> {
        self.open(|live| async move { live.client.read_stream(stream, options).await }).await
    }

    async fn read_log(&self, options: &ReadAllOptions) -> Result<Reading<'_>, ReadError> {
        self.open(|live| async move { live.client.read_all(options).await }).await
    }

    async fn open<Opening>(&self, send: impl Fn(Arc<Live>) -> Opening) -> Result<Reading<'_>, ReadError>
    where
        Opening: Future<Output = Result<ReadStream, eventstore::Error>>,
    {
        let within = self.inner.settings.read_deadline;
        let (events, live) = self.call(Instant::now() + within, send).await?;
        Ok(Reading { store: self, live, events })
    }
}

/// A read in progress.
struct Reading<'a> {
    store: &'a EventStore,
    live: Arc<Live>,
    events: ReadStream,
}

impl Reading<'_> {
    /// Takes what is left of the answer, which may be its end alone.
    ///
    /// A read that is dropped before its end resets its stream. Of more than ten such streams at once HTTP/2's client
    /// forgets some, takes what still arrives for them as errors, and gives up the connection after a thousand.
    async fn read_to_end(&mut self) {
        let within = self.store.inner.settings.read_deadline;
        let rest = async { while matches!(self.events.next().await, Ok(Some(_))) {} };
        // What was wanted is here: whether the rest comes makes no difference.
        timeout(within, rest).await.ok();
    }

    /// The next event; none at the end, or if there is no such stream.
    async fn next(&mut self) -> Result<Option<eventstore::RecordedEvent>, ReadError> {
        let within = self.store.inner.settings.read_deadline;
        let asked_at = Instant::now();
        let Ok(outcome) = timeout(within, self.events.next()).await else {
            self.store.inner.calls.unheard(&self.live, asked_at);
            return Err(ReadError::Unavailable(Fault::no_answer(within)));
        };
        let error = match outcome {
            Ok(resolved) => {
                self.live.answered();
                return Ok(resolved.and_then(|resolved| resolved.link.or(resolved.event)));
            }
            Err(eventstore::Error::ResourceNotFound) => {
                self.read_to_end().await;
                return Ok(None);
            }
            Err(error) => error,
        };
        let verdict = verdict(&error);
        self.store.inner.calls.lost(&self.live, verdict);
        let fault = error.into();
        Err(if verdict == Verdict::Refused {
            ReadError::Rejected(fault)
        } else {
            ReadError::Unavailable(fault)
        })
    }
}
