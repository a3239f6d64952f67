//! What accompanies a command or a query: sender, channel, idempotency key, versions and positions.

use schemas::{Actor, IfMatch, Origin};
use uuid::Uuid;

use crate::Problem;

const MAX_KEY_LENGTH: usize = 255;

/// Refuses an invalid idempotency key; `field` is the sender's name for it.
pub fn check_idempotency_key(field: &str, key: &str) -> Result<(), Problem> {
    if (1..=MAX_KEY_LENGTH).contains(&key.len()) {
        Ok(())
    } else {
        Err(Problem::malformed(field, format!("must have 1 to {MAX_KEY_LENGTH} characters")))
    }
}

/// What an adapter knows about a command besides target and request.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The sender.
    pub actor: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// The conversation that it belongs to, if known.
    pub correlation_id: Option<Uuid>,
    /// The same for every repetition of this command by this sender.
    pub idempotency_key: Option<String>,
    /// The version that the sender expects of what the command changes.
    pub if_match: Option<IfMatch>,
    /// The version that it must not have; any = the command may only create it.
    pub if_none_match: Option<IfMatch>,
    /// Whether it is only asked what would happen.
    pub dry_run: bool,
}

/// A command's delivery, with a digest of its content.
#[derive(Debug, Clone)]
pub struct CommandCall {
    /// What the adapter knows about it.
    pub delivery: Delivery,
    /// The digest of operation, target and request: the same for every repetition, and for no other command.
    pub digest: String,
}

/// What an adapter knows about a query besides target and request.
#[derive(Debug, Clone)]
pub struct QueryCall {
    /// The sender.
    pub actor: Actor,
    /// The log position that the answer has to be at least as new as.
    pub min_position: u64,
}
