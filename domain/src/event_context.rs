use chrono::{DateTime, Utc};
use schemas::{CommandId, Metadata};

/// An event's position, command and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContext {
    /// Its revision in the stream.
    pub revision: u64,
    /// Its position in the whole store.
    pub position: u64,
    /// The command that caused it.
    pub command_id: CommandId,
    /// That command's digest.
    pub digest: String,
    /// Whether that command may be sent again under its id.
    pub may_repeat: bool,
    /// How many events follow it in the same append.
    pub followed_by: u32,
    /// When it was decided, by the stream's own time.
    pub recorded_at: DateTime<Utc>,
    /// What the clock showed then.
    pub clock_showed: DateTime<Utc>,
}

impl EventContext {
    /// From the event's stored metadata.
    pub fn new(revision: u64, position: u64, metadata: &Metadata) -> Self {
        Self {
            revision,
            position,
            command_id: metadata.command_id,
            digest: metadata.command_digest.clone(),
            may_repeat: metadata.may_repeat,
            followed_by: metadata.followed_by,
            recorded_at: metadata.recorded_at,
            clock_showed: metadata.clock_showed(),
        }
    }
}
