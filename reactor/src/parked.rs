use std::sync::Arc;

use event_store::RecordedEvent;
use thiserror::Error;

/// A stream whose events wait, from the one on that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("stream {stream} is parked at position {position}, {event_type} of revision {revision}: {reason}")]
pub struct ParkedStream {
    /// Its name.
    pub stream: Arc<str>,
    /// The revision of the event that could not be handled.
    pub revision: u64,
    /// The position of that event in the log.
    pub position: u64,
    /// The type of that event.
    pub event_type: String,
    /// What is wrong with it, without anything of its content.
    pub reason: String,
}

impl ParkedStream {
    /// The stream of this event, parked for this reason.
    pub fn at(event: &RecordedEvent, reason: String) -> Self {
        Self {
            stream: Arc::clone(&event.stream),
            revision: event.revision,
            position: event.position,
            event_type: event.event_type.clone(),
            reason,
        }
    }
}
