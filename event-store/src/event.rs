use std::sync::Arc;

use bytes::Bytes;
use event_store_protocol::event_store::client::streams::ProposedMessage;
use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent as WireEvent;
use event_store_protocol::event_store::client::streams::write_target::Expected;
use event_store_protocol::event_store::client::{self as shared, uuid as wire_uuid};
use schemas::{EventId, Landmark, Metadata};
use serde_json::value::RawValue;
use uuid::Uuid;
use wire_uuid::Value;

const TYPE: &str = "type";
const CONTENT_TYPE: &str = "content-type";
const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

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

    pub(crate) fn to_wire(&self, metadata: Vec<u8>) -> Result<ProposedMessage, serde_json::Error> {
        let _: &RawValue = serde_json::from_slice(&self.payload)?;
        Ok(json(self.event_type, self.event_id.uuid(), self.payload.clone(), metadata))
    }
}

/// An event whose content is JSON.
pub(crate) fn json(event_type: &str, id: Uuid, payload: Vec<u8>, metadata: Vec<u8>) -> ProposedMessage {
    proposed(event_type, JSON, id, payload, metadata)
}

/// An event with any content.
pub(crate) fn binary(event_type: &str, id: Uuid, payload: Vec<u8>, metadata: Vec<u8>) -> ProposedMessage {
    proposed(event_type, BYTES, id, payload, metadata)
}

fn proposed(
    event_type: &str,
    content_type: &str,
    id: Uuid,
    payload: Vec<u8>,
    metadata: Vec<u8>,
) -> ProposedMessage {
    let (most, least) = id.as_u64_pair();
    let halves = wire_uuid::Structured {
        most_significant_bits: most.cast_signed(),
        least_significant_bits: least.cast_signed(),
    };
    let described = [(TYPE, event_type), (CONTENT_TYPE, content_type)];
    ProposedMessage {
        id: Some(shared::Uuid { value: Some(Value::Structured(halves)) }),
        metadata: described.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        custom_metadata: metadata.into(),
        data: payload.into(),
    }
}

fn id_of(id: shared::Uuid) -> Option<Uuid> {
    match id.value? {
        Value::Structured(halves) => Some(Uuid::from_u64_pair(
            halves.most_significant_bits.cast_unsigned(),
            halves.least_significant_bits.cast_unsigned(),
        )),
        Value::String(text) => Uuid::parse_str(&text).ok(),
    }
}

/// Whether the event that was found in the landmark's place is the landmark.
pub(crate) fn is_landmark(found: &WireEvent, landmark: &Landmark) -> bool {
    let event_id = found.id.as_ref().and_then(|id| id_of(id.clone())).map(EventId::new);
    // Servers before release 22.6 do not say the position when one stream is read.
    [landmark.position, u64::MAX].contains(&found.commit_position)
        && found.stream_revision == landmark.revision
        && event_id == Some(landmark.event_id)
}

/// The name of an event's stream, as far as it is one.
pub(crate) fn stream_of(event: &WireEvent) -> &str {
    let name = event.stream_identifier.as_ref().map_or(&[][..], |identifier| &identifier.stream_name);
    std::str::from_utf8(name).unwrap_or_default()
}

/// Whether an event is the server's own, such as stream metadata, a tombstone or a statistic.
pub(crate) fn is_system(event: &WireEvent) -> bool {
    event.metadata.get(TYPE).is_some_and(|event_type| event_type.starts_with('$'))
        || stream_of(event).starts_with('$')
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
    /// By what the log is recognised that has it.
    pub fn landmark(&self) -> Landmark {
        let Self { event_id, stream, revision, position, .. } = self;
        Landmark { stream: stream.to_string(), revision: *revision, position: *position, event_id: *event_id }
    }

    /// Who caused it, by which command, when.
    pub fn metadata(&self) -> Result<Metadata, MetadataError> {
        Metadata::read(&self.metadata).map_err(|error| MetadataError {
            stream: Arc::clone(&self.stream),
            revision: self.revision,
            column: error.column(),
        })
    }

    /// `stream` is shared with the events before it, when it is the same. None if the event has no id.
    pub(crate) fn from_wire(event: WireEvent, stream: &mut Arc<str>) -> Option<Self> {
        if &**stream != stream_of(&event) {
            *stream = Arc::from(stream_of(&event));
        }
        let WireEvent { id, stream_revision, commit_position, mut metadata, custom_metadata, data, .. } =
            event;
        Some(Self {
            event_id: EventId::new(id_of(id?)?),
            stream: Arc::clone(stream),
            revision: stream_revision,
            position: commit_position,
            event_type: metadata.remove(TYPE).unwrap_or_default(),
            payload: data,
            metadata: custom_metadata,
        })
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
    pub(crate) fn to_wire(self) -> Expected {
        match self {
            Self::NoStream => Expected::NoStream(shared::Empty {}),
            Self::Exact(revision) => Expected::Revision(revision),
            Self::Any => Expected::Any(shared::Empty {}),
        }
    }
}

/// Where the last event of an append was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its revision in its stream.
    pub revision: u64,
    /// Its position in the whole log; 0 if the server does not say, as of an event that only its number is left of.
    pub position: u64,
}
