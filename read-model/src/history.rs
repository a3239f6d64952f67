use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::{Actor, AgentEvent, AgentId, CommandId, EventId, Metadata, Origin, stream};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::appointment::recorded_at;

/// One event of an appointment, with who caused it, when and why.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HistoryEntry {
    /// Its place in the whole log.
    pub position: u64,
    /// The stream it is in.
    pub stream: String,
    /// Its number in that stream.
    pub revision: u64,
    /// Its own id.
    pub event_id: EventId,
    /// What happened.
    pub event_type: &'static str,
    /// When it was decided.
    pub recorded_at: DateTime<Utc>,
    /// Who asked for it.
    pub actor: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// Why, where a reason was given.
    pub reason: Option<String>,
    /// The command that it answers.
    pub command_id: CommandId,
    /// The conversation or request that it belongs to.
    pub correlation_id: Uuid,
    /// What directly led to it.
    pub causation_id: Uuid,
    /// The event's payload.
    pub data: Value,
}

/// A history entry as it is kept: the payload as JSON, a few dozen bytes for most events.
#[derive(Debug, Clone)]
pub(crate) struct HistoryRecord {
    pub(crate) position: u64,
    pub(crate) agent_id: AgentId,
    pub(crate) revision: u64,
    pub(crate) event_id: EventId,
    pub(crate) event_type: &'static str,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) actor: Actor,
    pub(crate) origin: Origin,
    pub(crate) command_id: CommandId,
    pub(crate) correlation_id: Uuid,
    pub(crate) causation_id: Uuid,
    payload: Box<str>,
}

impl HistoryRecord {
    pub(crate) fn new(
        position: u64,
        revision: u64,
        event_id: EventId,
        agent_id: AgentId,
        event: &AgentEvent,
        metadata: &Metadata,
    ) -> Self {
        Self {
            position,
            agent_id,
            revision,
            event_id,
            event_type: event.event_type(),
            recorded_at: recorded_at(metadata),
            actor: metadata.actor.clone(),
            origin: metadata.origin,
            command_id: metadata.command_id,
            correlation_id: metadata.correlation_id,
            causation_id: metadata.causation_id,
            payload: String::from_utf8(event.payload()).expect("JSON is UTF-8").into_boxed_str(),
        }
    }

    /// The event's payload, in JSON.
    #[cfg(feature = "postgres")]
    pub(crate) fn payload(&self) -> &str {
        &self.payload
    }

    pub(crate) fn show(&self) -> HistoryEntry {
        let data: Value = serde_json::from_str(&self.payload).expect("written as JSON when it was kept");
        HistoryEntry {
            position: self.position,
            stream: stream::agent(&self.agent_id),
            revision: self.revision,
            event_id: self.event_id,
            event_type: self.event_type,
            recorded_at: self.recorded_at,
            actor: self.actor.clone(),
            origin: self.origin,
            reason: data.get("reason").and_then(Value::as_str).map(str::to_owned),
            command_id: self.command_id,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            data,
        }
    }
}
