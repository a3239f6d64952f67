//! The history of an appointment: its changes, with who caused them, when and why.

use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::{Actor, AgentEvent, AgentId, CommandId, EventId, Metadata, Origin, Personal, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::StoredText;

/// One event of an appointment, with who caused it, when and why.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HistoryEntry {
    /// Its position in the log.
    pub position: u64,
    /// The stream it is in. A hand-over is in that of the agent who had the appointment; who got it is in `data`.
    pub stream: String,
    /// Its revision in that stream.
    pub revision: u64,
    /// Its own id.
    pub event_id: EventId,
    /// What happened.
    pub event_type: &'static str,
    /// When it was decided: never before the event before it. What the clock showed, where it was behind or far ahead, is
    /// in `metadata.clock`.
    pub recorded_at: DateTime<Utc>,
    /// Who sent the command.
    pub actor: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// Why, where a reason was given.
    pub reason: Option<String>,
    /// The command that caused it.
    pub command_id: CommandId,
    /// The conversation or request that it belongs to.
    pub correlation_id: Uuid,
    /// The id of its direct cause.
    pub causation_id: Uuid,
    /// The event's payload, as it is stored.
    pub data: StoredJson,
    /// The event's metadata, as it is stored.
    pub metadata: StoredJson,
}

/// JSON exactly as written, including members that this release does not know.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct StoredJson(#[schemars(with = "serde_json::Value")] Box<RawValue>);

impl StoredJson {
    fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for StoredJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Shows the length only: the content may be personal.
impl fmt::Debug for StoredJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredJson({} bytes)", self.as_str().len())
    }
}

/// Whether the event is in the history of its appointment. That a handed-over appointment was received changes nothing.
pub(crate) const fn is_told(event: &AgentEvent) -> bool {
    !matches!(event, AgentEvent::AppointmentReceived(_))
}

/// A history entry as the read model keeps it; the other members of an entry are read from the stored texts when it is
/// shown.
#[derive(Debug, Clone)]
pub(crate) struct HistoryRecord {
    pub(crate) position: u64,
    pub(crate) agent_id: AgentId,
    pub(crate) revision: u64,
    pub(crate) event_id: EventId,
    pub(crate) event_type: &'static str,
    pub(crate) stored: StoredText,
}

impl HistoryRecord {
    /// Fails if the texts are not those of an applied event.
    pub(crate) fn show(&self) -> Result<HistoryEntry, serde_json::Error> {
        #[derive(Deserialize)]
        struct Reasoned {
            reason: Option<Personal<String>>,
        }

        let StoredText { payload, metadata } = &self.stored;
        let known: Metadata = serde_json::from_str(metadata)?;
        // A newer release may use another form of reason; the payload still shows it.
        let reason = serde_json::from_str(payload).map_or(None, |Reasoned { reason }| reason);
        Ok(HistoryEntry {
            position: self.position,
            stream: stream::agent(&self.agent_id),
            revision: self.revision,
            event_id: self.event_id,
            event_type: self.event_type,
            recorded_at: known.recorded_at,
            actor: known.actor,
            origin: known.origin,
            reason: reason.map(Personal::disclose),
            command_id: known.command_id,
            correlation_id: known.correlation_id,
            causation_id: known.causation_id,
            data: StoredJson::read(payload)?,
            metadata: StoredJson::read(metadata)?,
        })
    }
}
