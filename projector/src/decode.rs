//! Decodes stored events for the read model.

use event_store::{MetadataError, RecordedEvent};
use read_model::{ApplyErrorReason, Event, ProjectedEvent, StoredText};
use schemas::{AgentEvent, BulkMoveEvent, DecodeError, OfficeEvent, stream};
use thiserror::Error;

/// Why an event cannot be projected. No message contains anything of the event's content.
#[derive(Debug, Error)]
pub(crate) enum Cause {
    /// Its metadata cannot be read.
    #[error("{0}")]
    Metadata(MetadataError),
    /// Its type or version is not known here, or its payload is not of its schema.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// It contradicts the events before it, or cannot be stored.
    #[error("{0}")]
    Apply(ApplyErrorReason),
}

/// Decodes an event for the read model; none if its stream is not one of Citas.
pub(crate) fn decode(event: &RecordedEvent) -> Result<Option<ProjectedEvent>, Cause> {
    let (agent_id, move_id) = (stream::agent_of(&event.stream), stream::move_of(&event.stream));
    if agent_id.is_none() && move_id.is_none() && &*event.stream != stream::OFFICE {
        return Ok(None);
    }
    let metadata = event.metadata().map_err(Cause::Metadata)?;
    let (event_type, version, payload) = (&event.event_type, metadata.schema_version, &event.payload);
    let decoded = match (agent_id, move_id) {
        (Some(agent_id), _) => {
            AgentEvent::decode(event_type, version, payload).map(|event| Event::Agent(agent_id, event))
        }
        (None, Some(move_id)) => {
            BulkMoveEvent::decode(event_type, version, payload).map(|event| Event::BulkMove(move_id, event))
        }
        (None, None) => OfficeEvent::decode(event_type, version, payload).map(Event::Office),
    };
    let decoded = decoded?;
    let text = |json| std::str::from_utf8(json).expect("what is not UTF-8 is not decoded").into();
    Ok(Some(ProjectedEvent {
        position: event.position,
        revision: event.revision,
        event_id: event.event_id,
        event: decoded,
        metadata,
        stored: StoredText { payload: text(payload), metadata: text(&event.metadata) },
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_stored_is_handed_on_to_the_letter() {
        let payload = r#"{"later": 1.50, "appointment_id": "019b1d4e-0010-7c3a-9f21-5d0c8e6b7a10"}"#;
        let metadata = r#"{ "later": [1e2], "command_id": "019b1d4e-0010-7c3a-9f21-5d0c8e6b7a10",
            "command_digest": "", "$correlationId": "019b1d4e-0010-7c3a-9f21-5d0c8e6b7a10",
            "$causationId": "019b1d4e-0010-7c3a-9f21-5d0c8e6b7a10", "actor": {"kind": "chat", "id": "chat-1"},
            "origin": "chat", "recorded_at": "2026-11-30T12:00:00Z", "schema_version": 1, "tzdb_version": "2025b"}"#;
        let recorded = RecordedEvent {
            event_id: schemas::EventId::new(uuid::Uuid::from_u128(1)),
            stream: Arc::from("agent-7"),
            revision: 0,
            position: 70,
            event_type: "AppointmentConfirmed".to_owned(),
            payload: payload.into(),
            metadata: metadata.into(),
        };
        let decoded = decode(&recorded).unwrap().unwrap();
        assert_eq!((&*decoded.stored.payload, &*decoded.stored.metadata), (payload, metadata));
    }
}
