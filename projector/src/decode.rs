//! Decodes stored events for the read model.

use event_store::{MetadataError, RecordedEvent};
use read_model::{ApplyErrorReason, Event, ProjectedEvent, StoredText};
use schemas::{
    AgentEvent, AgentId, BulkMoveEvent, DecodeError, LeadEvent, LeadId, MoveId, OfficeEvent, stream,
};
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

/// Whose stream an event is in.
enum Source {
    Agent(AgentId),
    BulkMove(MoveId),
    Lead(LeadId),
    Office,
}

impl Source {
    /// None if the stream is not one of Citas that is projected.
    fn of(name: &str) -> Option<Self> {
        let agent = || stream::agent_of(name).map(Self::Agent);
        let bulk_move = || stream::move_of(name).map(Self::BulkMove);
        let lead = || stream::lead_of(name).map(Self::Lead);
        let office = || (name == stream::OFFICE).then_some(Self::Office);
        agent().or_else(bulk_move).or_else(lead).or_else(office)
    }
}

/// Decodes an event for the read model; none if its stream is not one of Citas.
pub(crate) fn decode(event: &RecordedEvent) -> Result<Option<ProjectedEvent>, Cause> {
    let Some(source) = Source::of(&event.stream) else { return Ok(None) };
    let metadata = event.metadata().map_err(Cause::Metadata)?;
    let (event_type, version, payload) = (&event.event_type, metadata.schema_version, &event.payload);
    let decoded = match source {
        Source::Agent(agent_id) => {
            AgentEvent::decode(event_type, version, payload).map(|event| Event::Agent(agent_id, event))
        }
        Source::BulkMove(move_id) => {
            BulkMoveEvent::decode(event_type, version, payload).map(|event| Event::BulkMove(move_id, event))
        }
        Source::Lead(lead_id) => {
            LeadEvent::decode(event_type, version, payload).map(|event| Event::Lead(lead_id, event))
        }
        Source::Office => OfficeEvent::decode(event_type, version, payload).map(Event::Office),
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
