use std::sync::Arc;

use eventstore::{AppendToStreamOptions, CurrentRevision, EventData};
use tokio::time::Instant;

use crate::connection::Live;
use crate::event::{Appended, ExpectedRevision, NewEvent};
use crate::fault::{Fault, is_full_disk};
use crate::store::{CallError, EventStore};

/// Why an append has no result.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream is not as expected; nothing was written.
    #[error("the stream is at revision {current:?}, which was not expected")]
    Conflict {
        /// The revision of its last event, if it has one.
        current: Option<u64>,
    },
    /// No answer came, so the events may or may not have been written.
    ///
    /// Appending the very same events again with the same expected revision finds out: if they were written, the
    /// server returns where they are; if not, they are written now, or meet a conflict.
    #[error("it is unknown whether the events were written")]
    OutcomeUnknown(#[source] Fault),
    /// The server could not be reached; certainly nothing was written.
    #[error("the event store is not reachable")]
    Unavailable(#[source] Fault),
    /// The embedded store's disk is full; nothing was written.
    #[error("the disk of the event store is full")]
    StorageFull(#[source] Fault),
    /// The events exceed the limit of one append; nothing was sent.
    #[error("an append of {size} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// The events' size as the server counts it, in bytes.
        size: usize,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// The server refused it, or it was invalid and not sent; nothing was written.
    #[error("the event store refused the append")]
    Rejected(#[source] Fault),
}

impl EventStore {
    /// Writes the events, at least one, at the end of the stream: all of them or none.
    ///
    /// Safe to repeat: the server recognises events by their ids, and returns the same revision and position as the
    /// first time. With [`ExpectedRevision::Any`] that is best effort only.
    ///
    /// Once begun, an append whose future is dropped may still be written.
    pub async fn append(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        events: &[NewEvent],
    ) -> Result<Appended, AppendError> {
        if events.is_empty() {
            return Err(AppendError::Rejected(Fault::no_events()));
        }
        let mut size = 0;
        let mut data = Vec::with_capacity(events.len());
        for event in events {
            let metadata = event.encoded_metadata();
            size += size_of_event(event.event_type, &event.payload, &metadata);
            let event = event.to_client(metadata);
            data.push(event.map_err(|error| AppendError::Rejected(Fault::not_json(&error)))?);
        }
        self.append_data(stream, expected, data, size).await
    }

    pub(crate) async fn append_data(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        events: Vec<EventData>,
        size: usize,
    ) -> Result<Appended, AppendError> {
        let limit = self.inner.settings.max_append_bytes;
        if size > limit {
            return Err(AppendError::TooLarge { size, limit });
        }
        let within = self.inner.settings.append_deadline;
        let options = &AppendToStreamOptions::default().stream_state(expected.to_client()).deadline(within);
        let events = &events;
        let send = |live: Arc<Live>| async move {
            live.client.append_to_stream(stream, options, events.clone()).await
        };
        match self.call(Instant::now() + within, send).await {
            Ok((written, _)) => {
                Ok(Appended { revision: written.next_expected_version, position: written.position.commit })
            }
            Err(CallError::NotSent(fault)) => Err(AppendError::Unavailable(fault)),
            Err(CallError::Unanswered(fault)) => Err(AppendError::OutcomeUnknown(fault)),
            Err(CallError::Refused(eventstore::Error::WrongExpectedVersion { current, .. })) => {
                let current = match current {
                    CurrentRevision::Current(revision) => Some(revision),
                    CurrentRevision::NoStream => None,
                };
                Err(AppendError::Conflict { current })
            }
            Err(CallError::Refused(error)) if is_full_disk(&error) => {
                Err(AppendError::StorageFull(error.into()))
            }
            Err(CallError::Refused(error)) => Err(AppendError::Rejected(error.into())),
        }
    }
}

/// What the server counts against its limit: it keeps the type as UTF-16.
pub(crate) fn size_of_event(event_type: &str, payload: &[u8], metadata: &[u8]) -> usize {
    2 * event_type.len() + payload.len() + metadata.len()
}
