//! The reactor that fills the directory from the log.

use std::sync::{Arc, PoisonError, RwLock};

use event_store::{EventStore, Landmark, RecordedEvent, StreamFilter};
use reactor::{HandleError, Reactor, Retry, StartPosition};
use schemas::{AgentEvent, AgentId, LeadId, Metadata, MoveId, stream};

use super::entries::Entries;

/// The events that change nothing but the list of commands: their payload is not decoded.
const NOT_DECODED_TYPES: &[&str] = &["OutcomeCorrected", "CommandHadNoEffect"];

/// Whether the event is of a type that changes more. One of a later release is passed over: whoever is asked to decide on its
/// stream says that it cannot be read.
fn is_decoded(event_type: &str) -> bool {
    !NOT_DECODED_TYPES.contains(&event_type)
        && AgentEvent::TYPES.iter().any(|(known, _)| *known == event_type)
}

/// The directory as a reactor.
pub(super) struct DirectoryReactor {
    store: EventStore,
    entries: Arc<RwLock<Entries>>,
    /// The last event that was noted.
    last: Option<Landmark>,
}

impl DirectoryReactor {
    pub(super) const fn new(store: EventStore, entries: Arc<RwLock<Entries>>) -> Self {
        Self { store, entries, last: None }
    }
}

impl Reactor for DirectoryReactor {
    fn name(&self) -> &'static str {
        "directory"
    }

    fn filter(&self) -> StreamFilter {
        filter()
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        Ok(StartPosition::default())
    }

    async fn landmark(&mut self) -> Result<Option<Landmark>, Retry> {
        Ok(self.last.clone())
    }

    async fn handle(&mut self, events: &[RecordedEvent], _: u64) -> Result<(), HandleError> {
        // Decoded before the entries are locked: commands wait for them.
        let mut known = Vec::with_capacity(events.len());
        let mut unhandled = None;
        for (at, event) in events.iter().enumerate() {
            match Known::read(event) {
                Ok(read) => known.extend(read),
                Err(reason) => {
                    unhandled = Some(HandleError::Unhandled { at, reason });
                    break;
                }
            }
        }
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for known in known {
            known.note(&mut entries);
        }
        drop(entries);
        if let Some(unhandled) = unhandled {
            return Err(unhandled);
        }
        let is_ours = |event: &&RecordedEvent| is_ours(&event.stream);
        if let Some(last) = events.iter().rfind(is_ours).map(RecordedEvent::landmark) {
            self.store.expect(last.clone());
            self.last = Some(last);
        }
        Ok(())
    }
}

pub(super) fn filter() -> StreamFilter {
    StreamFilter::prefixes([stream::AGENT_PREFIX, stream::OFFICE, stream::MOVE_PREFIX, stream::LEAD_PREFIX])
}

fn is_ours(name: &str) -> bool {
    name == stream::OFFICE
        || stream::agent_of(name).is_some()
        || stream::move_of(name).is_some()
        || stream::lead_of(name).is_some()
}

/// An event, decoded as far as the directory needs it.
struct Known<'a> {
    source: Source<'a>,
    metadata: Metadata,
}

/// The stream that it is of, with what else is needed of it.
enum Source<'a> {
    Office,
    BulkMove(MoveId, &'a str),
    Lead(LeadId),
    Agent { agent_id: AgentId, event: Option<Box<AgentEvent>>, revision: u64 },
}

impl<'a> Known<'a> {
    /// None if it is of no stream of Citas.
    fn read(event: &'a RecordedEvent) -> Result<Option<Self>, String> {
        let metadata = || event.metadata().map_err(|error| error.to_string());
        let (source, metadata) = if &*event.stream == stream::OFFICE {
            (Source::Office, metadata()?)
        } else if let Some(move_id) = stream::move_of(&event.stream) {
            (Source::BulkMove(move_id, &event.event_type), metadata()?)
        } else if let Some(lead_id) = stream::lead_of(&event.stream) {
            (Source::Lead(lead_id), metadata()?)
        } else if let Some(agent_id) = stream::agent_of(&event.stream) {
            let metadata = metadata()?;
            let decoded = is_decoded(&event.event_type)
                .then(|| AgentEvent::decode(&event.event_type, metadata.schema_version, &event.payload))
                .transpose()
                .map_err(|error| error.to_string())?;
            let (event, revision) = (decoded.map(Box::new), event.revision);
            (Source::Agent { agent_id, event, revision }, metadata)
        } else {
            tracing::warn!(stream = %event.stream, position = event.position, "not a stream of Citas");
            return Ok(None);
        };
        Ok(Some(Self { source, metadata }))
    }

    fn note(self, entries: &mut Entries) {
        let Self { source, metadata } = self;
        match source {
            Source::Office => entries.note_of_office(metadata),
            Source::BulkMove(move_id, event_type) => entries.note_of_move(move_id, event_type, metadata),
            Source::Lead(lead_id) => entries.note_of_lead(lead_id, metadata),
            Source::Agent { agent_id, event, revision } => {
                entries.note(&agent_id, event.as_deref(), metadata, revision);
            }
        }
    }
}
