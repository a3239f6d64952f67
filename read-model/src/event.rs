use std::fmt;
use std::sync::Arc;

use schemas::{AgentEvent, AgentId, EventId, Metadata, OfficeEvent};

/// A stored event as the read model takes it: decoded, in the order of the whole log.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedEvent {
    /// Its place in the log; greater than that of every event before it, not contiguous.
    pub position: u64,
    /// Its number in its stream.
    pub revision: u64,
    /// Its own id.
    pub event_id: EventId,
    /// What happened, and to whom.
    pub event: Event,
    /// Who caused it, by which command, when.
    pub metadata: Metadata,
    /// Both, as they are stored.
    pub stored: StoredText,
}

/// An event's payload and metadata to the letter, in JSON; whoever keeps them shares them.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredText {
    /// What happened.
    pub payload: Arc<str>,
    /// Who caused it, by which command, when.
    pub metadata: Arc<str>,
}

impl StoredText {
    /// As this release stores it.
    pub fn of(event: &Event, metadata: &Metadata) -> Self {
        let payload = match event {
            Event::Agent(_, event) => event.payload(),
            Event::Office(event) => event.payload(),
        };
        let payload = String::from_utf8(payload).expect("JSON is UTF-8").into();
        let metadata = serde_json::to_string(metadata).expect("metadata is a struct of texts and numbers");
        Self { payload, metadata: metadata.into() }
    }
}

/// Not what it says, which may be personal.
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
}

impl Event {
    /// The name under which it is stored.
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Agent(_, event) => event.event_type(),
            Self::Office(event) => event.event_type(),
        }
    }
}
