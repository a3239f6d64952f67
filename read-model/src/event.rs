//! Events as the read model receives them.

use std::fmt;
use std::sync::Arc;

use schemas::{
    AgentEvent, AgentId, BulkMoveEvent, EventId, Landmark, LeadEvent, LeadId, Metadata, MoveId, OfficeEvent,
    stream,
};

/// A stored event as the read model receives it: decoded, in log order.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedEvent {
    /// Its position in the log; positions increase, with gaps.
    pub position: u64,
    /// Its revision in its stream.
    pub revision: u64,
    /// Its own id.
    pub event_id: EventId,
    /// What happened, and in which stream.
    pub event: Event,
    /// Who caused it, by which command, when.
    pub metadata: Metadata,
    /// Payload and metadata as stored.
    pub stored: StoredText,
}

impl ProjectedEvent {
    /// By what the log is recognised that has it.
    pub fn landmark(&self) -> Landmark {
        let stream = match &self.event {
            Event::Agent(agent_id, _) => stream::agent(agent_id),
            Event::BulkMove(move_id, _) => stream::bulk_move(*move_id),
            Event::Lead(lead_id, _) => stream::lead(lead_id),
            Event::Office(_) => stream::OFFICE.to_owned(),
        };
        let Self { revision, position, event_id, .. } = self;
        Landmark { stream, revision: *revision, position: *position, event_id: *event_id }
    }
}

/// An event's payload and metadata as JSON, exactly as stored. Clones share the texts.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredText {
    /// What happened.
    pub payload: Arc<str>,
    /// Who caused it, by which command, when.
    pub metadata: Arc<str>,
}

impl StoredText {
    /// The texts as this release stores them.
    pub fn of(event: &Event, metadata: &Metadata) -> Self {
        let payload = match event {
            Event::Agent(_, event) => event.payload(),
            Event::BulkMove(_, event) => event.payload(),
            Event::Lead(_, event) => event.payload(),
            Event::Office(event) => event.payload(),
        };
        let payload = String::from_utf8(payload).expect("JSON is UTF-8").into();
        let metadata = serde_json::to_string(metadata).expect("metadata is a struct of texts and numbers");
        Self { payload, metadata: metadata.into() }
    }
}

/// Shows the lengths only: the content may be personal.
impl fmt::Debug for StoredText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredText({} and {} bytes)", self.payload.len(), self.metadata.len())
    }
}

/// What happened, with the stream it is in.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every event is an agent's; a box would only add to each"
)]
pub enum Event {
    /// In the stream of this agent.
    Agent(AgentId, AgentEvent),
    /// In the office's stream.
    Office(OfficeEvent),
    /// In the stream of this bulk move.
    BulkMove(MoveId, BulkMoveEvent),
    /// In the stream of this lead.
    Lead(LeadId, LeadEvent),
}

impl Event {
    /// The name under which it is stored.
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Agent(_, event) => event.event_type(),
            Self::Office(event) => event.event_type(),
            Self::BulkMove(_, event) => event.event_type(),
            Self::Lead(_, event) => event.event_type(),
        }
    }

    /// The version of its payload.
    pub const fn schema_version(&self) -> u16 {
        match self {
            Self::Agent(_, event) => event.schema_version(),
            Self::Office(event) => event.schema_version(),
            Self::BulkMove(_, event) => event.schema_version(),
            Self::Lead(_, event) => event.schema_version(),
        }
    }
}
