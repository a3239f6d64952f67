use schemas::{Actor, Origin};
use uuid::Uuid;

use crate::Problem;

const MAX_KEY_LENGTH: usize = 255;

/// Refuses what is no idempotency key; `field` is what the sender calls it.
pub fn check_idempotency_key(field: &str, key: &str) -> Result<(), Problem> {
    if (1..=MAX_KEY_LENGTH).contains(&key.len()) {
        Ok(())
    } else {
        Err(Problem::malformed(field, format!("must have 1 to {MAX_KEY_LENGTH} characters")))
    }
}

/// What an adapter knows of a command beside its target and its request.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Who sends it.
    pub actor: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// The conversation that it belongs to, if that is known.
    pub correlation_id: Option<Uuid>,
    /// The same for every repetition of this command by this sender.
    pub idempotency_key: Option<String>,
    /// The version that the sender has seen.
    pub if_match: Option<u64>,
    /// It may make something, and not change what is there.
    pub only_if_new: bool,
}

/// A command on its way, with what makes it that command and no other.
#[derive(Debug, Clone)]
pub struct CommandCall {
    /// What the adapter knows of it.
    pub delivery: Delivery,
    /// Of operation, target and request: the same for every repetition, and for no other command.
    pub digest: String,
}

/// What an adapter knows of a query beside its target and its request.
#[derive(Debug, Clone)]
pub struct QueryCall {
    /// Who asks.
    pub actor: Actor,
    /// How much of the log the answer has to know, at least.
    pub min_position: u64,
}
