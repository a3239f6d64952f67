//! Events before they are appended: each gets an id and the metadata of its command.

use domain::Command;
use event_store::NewEvent;
use schemas::{EventId, Metadata};
use uuid::Uuid;

use super::event_sourced::EventSourced;
use crate::identity;

/// Puts ids and metadata on the events that a command led to.
pub(crate) fn with_metadata<A: EventSourced>(
    events: &[A::Event],
    command: &Command<A::Command>,
    correlation_id: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<NewEvent> {
    events.iter().map(|event| new_event(A::encode(event), command, correlation_id, now)).collect()
}

/// Puts an id and metadata on an event of this type, version and payload.
pub(crate) fn new_event<C>(
    (event_type, schema_version, payload): (&'static str, u16, Vec<u8>),
    command: &Command<C>,
    correlation_id: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> NewEvent {
    NewEvent {
        event_id: EventId::new(identity::new_id(now)),
        event_type,
        payload,
        metadata: Metadata {
            command_id: command.command_id,
            command_digest: command.digest.clone(),
            correlation_id,
            causation_id: command.command_id.uuid(),
            actor: command.actor.clone(),
            origin: command.origin,
            recorded_at: now,
            schema_version,
            tzdb_version: availability::zone::tzdb_version().to_owned(),
        },
    }
}
