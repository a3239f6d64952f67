//! What the writer needs of an aggregate beside its decisions: how its events are stored.

use domain::{Agent, Aggregate, BulkMove, Claims, Lead, Office};
use schemas::{AgentEvent, BulkMoveEvent, ClaimEvent, DecodeError, LeadEvent, OfficeEvent};

use crate::refusal::Rejection;

/// An aggregate whose events can be written to the store and read from it.
pub(crate) trait EventSourced: Aggregate<Rejection: Rejection> + Clone {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<Self::Event, DecodeError>;

    /// Type, version and payload.
    fn encode(event: &Self::Event) -> (&'static str, u16, Vec<u8>);

    /// Where snapshots go, if the aggregate has any.
    fn snapshot_stream(stream: &str) -> Option<String>;

    /// The name of a command in metrics and traces.
    fn name(command: &Self::Command) -> &'static str;

    /// Whether a newer context could turn this refusal into an acceptance.
    fn depends_on_context(rejection: &Self::Rejection) -> bool;
}

impl EventSourced for Agent {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<AgentEvent, DecodeError> {
        AgentEvent::decode(event_type, schema_version, payload)
    }

    fn encode(event: &AgentEvent) -> (&'static str, u16, Vec<u8>) {
        (event.event_type(), event.schema_version(), event.payload())
    }

    fn snapshot_stream(stream: &str) -> Option<String> {
        Some(format!("snapshot-{stream}"))
    }

    fn name(command: &domain::AgentCommand) -> &'static str {
        command.name()
    }

    fn depends_on_context(rejection: &Self::Rejection) -> bool {
        rejection.depends_on_office()
    }
}

impl EventSourced for Claims {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<ClaimEvent, DecodeError> {
        ClaimEvent::decode(event_type, schema_version, payload)
    }

    fn encode(event: &ClaimEvent) -> (&'static str, u16, Vec<u8>) {
        (event.event_type(), event.schema_version(), event.payload())
    }

    fn snapshot_stream(_: &str) -> Option<String> {
        None
    }

    fn name(command: &domain::ClaimCommand) -> &'static str {
        command.name()
    }

    fn depends_on_context(_: &Self::Rejection) -> bool {
        false
    }
}

impl EventSourced for BulkMove {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<BulkMoveEvent, DecodeError> {
        BulkMoveEvent::decode(event_type, schema_version, payload)
    }

    fn encode(event: &BulkMoveEvent) -> (&'static str, u16, Vec<u8>) {
        (event.event_type(), event.schema_version(), event.payload())
    }

    fn snapshot_stream(_: &str) -> Option<String> {
        None
    }

    fn name(command: &domain::BulkMoveCommand) -> &'static str {
        command.name()
    }

    fn depends_on_context(_: &Self::Rejection) -> bool {
        false
    }
}

impl EventSourced for Lead {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<LeadEvent, DecodeError> {
        LeadEvent::decode(event_type, schema_version, payload)
    }

    fn encode(event: &LeadEvent) -> (&'static str, u16, Vec<u8>) {
        (event.event_type(), event.schema_version(), event.payload())
    }

    /// None: what is personal is kept in the lead's own events alone.
    fn snapshot_stream(_: &str) -> Option<String> {
        None
    }

    fn name(command: &domain::LeadCommand) -> &'static str {
        command.name()
    }

    fn depends_on_context(_: &Self::Rejection) -> bool {
        false
    }
}

impl EventSourced for Office {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<OfficeEvent, DecodeError> {
        OfficeEvent::decode(event_type, schema_version, payload)
    }

    fn encode(event: &OfficeEvent) -> (&'static str, u16, Vec<u8>) {
        (event.event_type(), event.schema_version(), event.payload())
    }

    fn snapshot_stream(_: &str) -> Option<String> {
        None
    }

    fn name(command: &domain::OfficeCommand) -> &'static str {
        command.name()
    }

    fn depends_on_context(_: &Self::Rejection) -> bool {
        false
    }
}
