//! Read models, logs and a projection for the tests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use read_model::postgres::PostgresSettings;
use read_model::{
    ApplyError, Event, MemoryReadModel, ParkedStream, PostgresReadModel, ProjectError, ProjectedEvent,
    ReadModel, StoredText,
};
use schemas::{AgentEvent, AppointmentId, BulkMoveEvent, EventId, LeadEvent, Metadata, OfficeEvent, stream};
use uuid::Uuid;

/// Longer than any test has to wait; it only bounds a failure.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

pub(crate) fn url() -> String {
    std::env::var("CITAS_TEST_POSTGRES")
        .expect("run the tests as scripts/services run cargo test --workspace")
}

/// A schema of the test's own in the test's database, without tables.
pub(crate) fn settings(name: &str) -> PostgresSettings {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    let schema = format!("{name}_{}_{number}", std::process::id());
    PostgresSettings::try_new(&url(), &schema).unwrap().with_max_connections(2)
}

/// An empty read model in a schema of the test's own.
pub(crate) async fn postgres(name: &str) -> PostgresReadModel {
    let postgres = PostgresReadModel::new(settings(name));
    postgres.migrate().await.unwrap();
    postgres
}

/// A Monday, 09:00 in Santiago.
pub(crate) fn begin() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

pub(crate) fn appointment_id(number: u128) -> AppointmentId {
    AppointmentId::new(Uuid::from_u128(number))
}

/// Stored events, and a read model in memory that has them all.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<ProjectedEvent>,
    pub(crate) memory: MemoryReadModel,
    revisions: std::collections::HashMap<String, u64>,
}

impl Log {
    /// Leaves gaps between positions, as every store does.
    pub(crate) fn append(&mut self, event: Event, recorded_at: DateTime<Utc>) -> &ProjectedEvent {
        let stream = stream_named(&event);
        let position = self.events.last().map_or(0, |last| last.position) + 70;
        let next = self.revisions.entry(stream).or_default();
        let unique = Uuid::from_u128(position.into());
        // Clocks do not stop at whole microseconds.
        let recorded_at = recorded_at + TimeDelta::nanoseconds(i64::try_from(position).unwrap() * 1_337);
        let metadata = fixtures::metadata(unique, recorded_at);
        let (event_id, stored) = (EventId::new(unique), StoredText::of(&event, &metadata));
        let (event, metadata) =
            (decoded(event, &stored), Metadata::read(stored.metadata.as_bytes()).unwrap());
        let event = ProjectedEvent { position, revision: *next, event_id, event, metadata, stored };
        *next += 1;
        self.memory.apply([event.clone()]).unwrap();
        self.events.push(event);
        self.events.last().unwrap()
    }
}

/// The event as decoded from the store, with truncated times.
fn decoded(event: Event, stored: &StoredText) -> Event {
    let payload = stored.payload.as_bytes();
    match event {
        Event::Agent(agent_id, event) => {
            let decoded = AgentEvent::decode(event.event_type(), event.schema_version(), payload).unwrap();
            Event::Agent(agent_id, decoded)
        }
        Event::BulkMove(move_id, event) => {
            let decoded = BulkMoveEvent::decode(event.event_type(), event.schema_version(), payload).unwrap();
            Event::BulkMove(move_id, decoded)
        }
        Event::Lead(lead_id, event) => {
            let decoded = LeadEvent::decode(event.event_type(), event.schema_version(), payload).unwrap();
            Event::Lead(lead_id, decoded)
        }
        Event::Office(event) => {
            Event::Office(OfficeEvent::decode(event.event_type(), event.schema_version(), payload).unwrap())
        }
    }
}

/// The stream that an event is in.
pub(crate) fn stream_of(event: &ProjectedEvent) -> String {
    stream_named(&event.event)
}

fn stream_named(event: &Event) -> String {
    match event {
        Event::Agent(agent_id, _) => stream::agent(agent_id),
        Event::BulkMove(move_id, _) => stream::bulk_move(*move_id),
        Event::Lead(lead_id, _) => stream::lead(lead_id),
        Event::Office(_) => stream::OFFICE.to_owned(),
    }
}

pub(crate) fn parked_at(event: &ProjectedEvent, error: &ApplyError) -> ParkedStream {
    assert_eq!((event.position, event.revision), (error.position, error.revision));
    ParkedStream {
        stream: stream_of(event),
        position: event.position,
        revision: event.revision,
        event_type: error.event_type.to_owned(),
        reason: error.reason.to_string(),
    }
}

/// Applies events as the projector does: leaves out those of parked streams, and parks streams that cannot be applied.
pub(crate) async fn project(read_model: &ReadModel, events: &[ProjectedEvent]) {
    let mut rest = events.to_vec();
    loop {
        let parked = read_model.parked().await.unwrap();
        rest.retain(|event| parked.iter().all(|parked| parked.stream != stream_of(event)));
        match read_model.apply(rest.clone(), &parked).await {
            Ok(()) => break read_model.advance(events.last().unwrap().position, &parked).await.unwrap(),
            Err(ProjectError::Unavailable(unavailable)) => panic!("{unavailable}"),
            Err(ProjectError::ApplyErrorReason(error)) => {
                let at = rest.iter().position(|event| event.position == error.position).unwrap();
                read_model.park(&parked_at(&rest[at], &error)).await.unwrap();
                rest.drain(..=at);
            }
        }
    }
}
