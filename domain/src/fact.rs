use chrono::{DateTime, Utc};
use schemas::{CommandId, Metadata};

/// Where and when an event stands in its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// In the stream.
    pub revision: u64,
    /// In the whole store.
    pub position: u64,
    /// The command that it answers.
    pub command_id: CommandId,
    /// That command's digest.
    pub digest: String,
    /// When it was decided.
    pub recorded_at: DateTime<Utc>,
}

impl Fact {
    /// From what the store keeps beside the event.
    pub fn new(revision: u64, position: u64, metadata: &Metadata) -> Self {
        Self {
            revision,
            position,
            command_id: metadata.command_id,
            digest: metadata.command_digest.clone(),
            recorded_at: metadata.recorded_at,
        }
    }
}
