use crate::EventId;

/// A stored event by which a log is recognised: one that has it at this place is the log that was read, up to here.
///
/// Whoever keeps a position in the log keeps one of these with it. A position alone means nothing in another log, such as a new
/// one at the same address, or one that was restored from a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landmark {
    /// The stream that it is in.
    pub stream: String,
    /// Its number in that stream.
    pub revision: u64,
    /// Its position in the whole log.
    pub position: u64,
    /// Its own id.
    pub event_id: EventId,
}

impl std::fmt::Display for Landmark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stream, revision, position, event_id } = self;
        write!(f, "event {event_id} at position {position}, revision {revision} of stream {stream}")
    }
}
