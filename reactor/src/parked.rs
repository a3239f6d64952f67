use std::sync::Arc;

use event_store::RecordedEvent;
use thiserror::Error;

/// A stream whose events wait from one on that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("stream {stream} is parked at position {position}, {event_type} of revision {revision}: {reason}")]
pub struct ParkedStream {
    /// Its name.
    pub stream: Arc<str>,
    /// The number in the stream of the event that could not be handled.
    pub revision: u64,
    /// That event's place in the log.
    pub position: u64,
    /// The name under which it is stored.
    pub event_type: String,
    /// What is wrong with it, without anything of its content.
    pub reason: String,
}

impl ParkedStream {
    /// The stream of this event, which could not be handled because of this.
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
