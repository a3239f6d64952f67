use domain::{Agent, Aggregate, Command, Fact, Office};
use event_store::{EventStore, MetadataError, NewEvent, ReadError, RecordedEvent, Snapshot};
use schemas::{AgentEvent, DecodeError, EventId, Metadata, OfficeEvent};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::failure::Failure;
use crate::identity;
use crate::refusal::Rejection;

/// A snapshot is made when at least this many events have come since the last one.
const SNAPSHOT_EVERY: u64 = 200;

/// About as many bytes as an event takes with its metadata. See [`events_between`].
const EVENT_BYTES: usize = 1024;

/// Larger states are not snapshotted: an append carries a mebibyte at most.
const MAX_SNAPSHOT_BYTES: usize = 900 * 1024;

/// An aggregate whose events can be told from and to the store.
pub(crate) trait EventSourced: Aggregate<Rejection: Rejection> + Clone {
    fn decode(event_type: &str, schema_version: u16, payload: &[u8]) -> Result<Self::Event, DecodeError>;

    /// Type, version and payload.
    fn encode(event: &Self::Event) -> (&'static str, u16, Vec<u8>);

    /// Where snapshots go, if the aggregate has any.
    fn snapshot_stream(stream: &str) -> Option<String>;

    /// What a command is called in metrics and traces.
    fn name(command: &Self::Command) -> &'static str;

    /// Whether news of the world that the decision rests on could turn this refusal.
    fn rests_on_world(rejection: &Self::Rejection) -> bool;
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

    fn rests_on_world(rejection: &Self::Rejection) -> bool {
        rejection.rests_on_office()
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

    fn rests_on_world(_: &Self::Rejection) -> bool {
        false
    }
}

/// Why a stream cannot be folded.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("the stream cannot be read")]
    Read(#[from] ReadError),
    #[error("an event of the stream cannot be decoded")]
    Decode(#[from] DecodeError),
    #[error("an event of the stream has metadata that is not ours")]
    Metadata(#[from] MetadataError),
}

impl LoadError {
    /// The same for anyone to read: a payload that is not of its schema may be personal.
    pub(crate) fn without_content(&self) -> String {
        match self {
            Self::Read(error) => error.to_string(),
            Self::Decode(error) => error.to_string(),
            Self::Metadata(error) => error.to_string(),
        }
    }

    /// What it means for whoever wanted something decided on the stream.
    pub(crate) const fn failure<R>(&self) -> Failure<R> {
        match self {
            Self::Read(_) => Failure::StoreUnavailable,
            Self::Decode(_) | Self::Metadata(_) => Failure::Broken,
        }
    }
}

/// For how many appends after a conflict another process is expected to write to the same stream.
const EXPECTED_FOR: u8 = 16;

/// The folded state of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Loaded<A> {
    pub(crate) state: A,
    /// The position of the last event folded in; 0 before the first.
    pub(crate) position: u64,
    /// The first revision at which a snapshot should be made.
    snapshot_due_at: u64,
    /// For how many more appends another process is expected to write to the stream as well.
    others_expected_for: u8,
}

#[derive(Serialize, Deserialize)]
struct SnapshotPayload<A> {
    position: u64,
    state: A,
}

impl<A: EventSourced> Loaded<A> {
    /// A state of which there is no snapshot.
    pub(crate) const fn new(state: A, position: u64) -> Self {
        Self { state, position, snapshot_due_at: SNAPSHOT_EVERY - 1, others_expected_for: 0 }
    }

    /// From the newest snapshot, if it is of today's version, and the events after it.
    pub(crate) async fn load(store: &EventStore, stream: &str) -> Result<Self, LoadError> {
        let snapshot = Self::from_snapshot(store, stream).await;
        let mut loaded = snapshot.unwrap_or_else(|| Self::new(A::default(), 0));
        loaded.catch_up(store, stream).await?;
        Ok(loaded)
    }

    /// Another process writes to the stream as well: it was first just now.
    pub(crate) const fn expect_others(&mut self) {
        self.others_expected_for = EXPECTED_FOR;
    }

    /// Whether another process is expected to have written since. Then it is cheaper to ask before a decision than to
    /// find out by an append, and to keep the state from before it than to read it all again.
    pub(crate) const fn expects_others(&self) -> bool {
        self.others_expected_for > 0
    }

    /// An append was not in anybody's way.
    pub(crate) const fn was_alone(&mut self) {
        self.others_expected_for = self.others_expected_for.saturating_sub(1);
    }

    /// Folds in whatever has been appended since; says whether there was anything.
    pub(crate) async fn catch_up(&mut self, store: &EventStore, stream: &str) -> Result<bool, LoadError> {
        let events = store.load(stream, self.state.revision()).await?;
        for event in &events {
            self.fold(event)?;
        }
        Ok(!events.is_empty())
    }

    /// Folds in the next event of the stream.
    pub(crate) fn fold(&mut self, event: &RecordedEvent) -> Result<(), LoadError> {
        let metadata = event.metadata()?;
        let decoded = A::decode(&event.event_type, metadata.schema_version, &event.payload)?;
        self.state.evolve(&decoded, &Fact::new(event.revision, event.position, &metadata));
        self.position = event.position;
        Ok(())
    }

    /// A snapshot only saves time, so one that cannot be had or read is done without.
    async fn from_snapshot(store: &EventStore, stream: &str) -> Option<Self> {
        let snapshot = match store.load_snapshot(&A::snapshot_stream(stream)?).await {
            Ok(snapshot) => snapshot?,
            Err(error) => {
                tracing::warn!(stream, %error, "snapshot not read; folding all events");
                return None;
            }
        };
        if snapshot.version != A::SNAPSHOT_VERSION {
            return None;
        }
        match serde_json::from_slice::<SnapshotPayload<A>>(&snapshot.payload) {
            Ok(SnapshotPayload { position, state }) if state.revision() == Some(snapshot.revision) => {
                let snapshot_due_at = snapshot.revision + events_between(snapshot.payload.len());
                Some(Self { state, position, snapshot_due_at, others_expected_for: 0 })
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(stream, %error, "snapshot not understood; folding all events");
                None
            }
        }
    }

    /// The snapshot that is due now, if one is.
    pub(crate) fn due_snapshot(&mut self, stream: &str) -> Option<(String, Snapshot)> {
        let revision = self.state.revision()?;
        if revision < self.snapshot_due_at {
            return None;
        }
        let snapshot_stream = A::snapshot_stream(stream)?;
        self.snapshot_due_at = revision + SNAPSHOT_EVERY;
        let payload = serde_json::to_vec(&SnapshotPayload { position: self.position, state: &self.state })
            .map_err(|error| tracing::error!(stream, %error, "state cannot be snapshotted"))
            .ok()?;
        self.snapshot_due_at = revision + events_between(payload.len());
        if payload.len() > MAX_SNAPSHOT_BYTES {
            tracing::warn!(stream, bytes = payload.len(), "state too large for a snapshot");
            return None;
        }
        Some((snapshot_stream, Snapshot { version: A::SNAPSHOT_VERSION, revision, payload }))
    }
}

/// How many events come between a snapshot of this many bytes and the next.
///
/// At least as many bytes of events as the snapshot has itself, so that making snapshots never costs more than
/// appending does, however large the state. A stream of a busy year would spend most of its time on them otherwise.
fn events_between(snapshot_bytes: usize) -> u64 {
    SNAPSHOT_EVERY.max(u64::try_from(snapshot_bytes / EVENT_BYTES).unwrap_or(u64::MAX))
}

/// Puts ids and metadata on the events that a command led to.
pub(crate) fn envelop<A: EventSourced>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_of_large_states_are_rarer() {
        assert_eq!(events_between(0), SNAPSHOT_EVERY);
        assert_eq!(events_between(150 * 1024), SNAPSHOT_EVERY);
        assert_eq!(events_between(4 * 1024 * 1024), 4096);
    }
}
