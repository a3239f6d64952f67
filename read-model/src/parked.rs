use thiserror::Error;

/// A stream whose events are left out, from the first that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("stream {stream} is parked at position {position}, {event_type} of revision {revision}: {reason}")]
pub struct ParkedStream {
    /// The stream's name.
    pub stream: String,
    /// The log position of the event at which it was parked.
    pub position: u64,
    /// That event's revision in the stream.
    pub revision: u64,
    /// The name under which that event is stored.
    pub event_type: String,
    /// What is wrong with that event, without any of its content.
    pub reason: String,
}

#[cfg(feature = "postgres")]
impl ParkedStream {
    pub(crate) fn at(stream: &str, event: &crate::ProjectedEvent, reason: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            position: event.position,
            revision: event.revision,
            event_type: event.event.event_type().to_owned(),
            reason: reason.to_owned(),
        }
    }
}
