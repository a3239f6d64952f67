use std::sync::Arc;

use bytes::Bytes;
use eventstore::{EventData, StreamState};
use schemas::{EventId, Metadata};
use serde_json::value::RawValue;

/// An event to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its own id. Appending again with the same ids finds out the outcome of an unanswered append.
    pub event_id: EventId,
    /// What kind of event it is, such as `AppointmentBooked`.
    pub event_type: &'static str,
    /// Its content, as JSON.
    pub payload: Vec<u8>,
    /// Who caused it, by which command, when.
    pub metadata: Metadata,
}

impl NewEvent {
    pub(crate) fn encoded_metadata(&self) -> Vec<u8> {
        serde_json::to_vec(&self.metadata).expect("metadata is a struct of texts and numbers")
    }

    pub(crate) fn to_client(&self, metadata: Vec<u8>) -> Result<EventData, serde_json::Error> {
        let payload: &RawValue = serde_json::from_slice(&self.payload)?;
        let data = EventData::json(self.event_type, &payload)?;
        Ok(data.id(self.event_id.uuid()).metadata(metadata.into()))
    }
}

/// An event as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its own id, given by who appended it.
    pub event_id: EventId,
    /// The stream that it is in.
    pub stream: Arc<str>,
    /// Its number in its stream, from 0 without gaps.
    pub revision: u64,
    /// Its position in the whole log: later events have greater positions, with gaps between them.
    ///
    /// Servers before release 22.6 do not say it when one stream is read; it is then [`u64::MAX`].
    pub position: u64,
    /// What kind of event it is.
    pub event_type: String,
    /// Its content, as JSON.
    pub payload: Bytes,
    /// [`Metadata`] as JSON.
    pub metadata: Bytes,
}

impl RecordedEvent {
    /// Who caused it, by which command, when.
    pub fn metadata(&self) -> Result<Metadata, MetadataError> {
        Metadata::read(&self.metadata).map_err(|error| MetadataError {
            stream: Arc::clone(&self.stream),
            revision: self.revision,
            column: error.column(),
        })
    }

    /// `stream` is shared with the events before it, when it is the same.
    pub(crate) fn from_client(event: eventstore::RecordedEvent, stream: &mut Arc<str>) -> Self {
        if &**stream != event.stream_id() {
            *stream = Arc::from(event.stream_id());
        }
        Self {
            event_id: EventId::new(event.id),
            stream: Arc::clone(stream),
            revision: event.revision,
            position: event.position.commit,
            event_type: event.event_type,
            payload: event.data,
            metadata: event.custom_metadata,
        }
    }
}

/// Metadata that was not written by this system, or by a later release of it.
#[derive(Debug, thiserror::Error)]
#[error(
    "event {revision} of stream {stream} has metadata that cannot be read, at column {column} of its JSON"
)]
pub struct MetadataError {
    stream: Arc<str>,
    revision: u64,
    /// What stands there is not repeated: it may be personal.
    column: usize,
}

/// The state that an append requires of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedRevision {
    /// It holds no event yet.
    NoStream,
    /// Its last event has this revision.
    Exact(u64),
    /// Any state; the server recognises a repetition by best effort only.
    Any,
}

impl ExpectedRevision {
    pub(crate) fn to_client(self) -> StreamState {
        match self {
            Self::NoStream => StreamState::NoStream,
            Self::Exact(revision) => StreamState::StreamRevision(revision),
            Self::Any => StreamState::Any,
        }
    }
}

/// Where the last event of an append was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its revision in its stream.
    pub revision: u64,
    /// Its position in the whole log.
    pub position: u64,
}
