use std::sync::Arc;

use event_store::{MetadataError, RecordedEvent};
use read_model::{ApplyError, Misfit};
use schemas::{DecodeError, EventId};
use thiserror::Error;

/// The event at which a projection stopped, and why.
#[derive(Debug, Error)]
#[error(
    "{event_type} {event_id} (stream {stream}, revision {revision}, position {position}) cannot be projected"
)]
pub struct Failure {
    /// What happened, by the name under which it is stored.
    pub event_type: String,
    /// The event's own id.
    pub event_id: EventId,
    /// The stream it is in.
    pub stream: Arc<str>,
    /// Its number in that stream.
    pub revision: u64,
    /// Its place in the whole log.
    pub position: u64,
    /// What is wrong with it.
    #[source]
    pub cause: Cause,
}

/// What can be wrong with an event. No Display tells anything of the event's content.
#[derive(Debug, Error)]
pub enum Cause {
    /// Its metadata cannot be read.
    #[error("{0}")]
    Metadata(MetadataError),
    /// Of a type or version that is not known here.
    #[error("{0}")]
    Unknown(DecodeError),
    /// Its payload is not of its schema.
    #[error("{error}, at column {column}")]
    Payload {
        /// Of which type.
        error: DecodeError,
        /// Where in the JSON; what stands there may be personal.
        column: usize,
    },
    /// It does not follow from the events before it.
    #[error("{0}")]
    Misfit(Misfit),
}

impl From<DecodeError> for Cause {
    fn from(error: DecodeError) -> Self {
        match &error {
            DecodeError::Unknown { .. } => Self::Unknown(error),
            DecodeError::Payload { source, .. } => Self::Payload { column: source.column(), error },
        }
    }
}

impl Failure {
    pub(crate) fn new(event: &RecordedEvent, cause: impl Into<Cause>) -> Self {
        Self {
            event_type: event.event_type.clone(),
            event_id: event.event_id,
            stream: Arc::clone(&event.stream),
            revision: event.revision,
            position: event.position,
            cause: cause.into(),
        }
    }

    pub(crate) fn misfit(events: &[RecordedEvent], error: ApplyError) -> Option<Self> {
        let event = events.iter().find(|event| event.position == error.position)?;
        Some(Self::new(event, Cause::Misfit(error.reason)))
    }
}
