//! Appends of one event each, straight into the event store: the rate of bookings if decisions cost nothing.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::event::{AgentEvent, AppointmentBooked};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, EventId, Metadata};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::agency::{AGENTS, TYPE};
use super::history::DIGEST;
use crate::load::{self, Client};
use crate::process::{self, Process};

/// An event store, and a client of it that is shared by many callers.
pub(crate) struct Appends {
    _node: Option<Process>,
    store: EventStore,
    event: NewEvent,
    /// Of the next event; others in the same store have other ids.
    event_id: Arc<AtomicU64>,
    /// What the names of its streams begin with.
    name: String,
    rounds: u64,
}

impl Appends {
    /// Into a node in a process of its own.
    pub(crate) fn start(folder: &Path, now: DateTime<Utc>) -> Result<Self> {
        let mut node = process::itself(&[process::NODE.as_ref(), folder.join("node").as_os_str()])?;
        let store = EventStore::new(&node.line()?)?;
        Ok(Self { _node: Some(node), ..Self::into_store(store, "agent", now)? })
    }

    /// Into streams of a store, whose names begin with this one, which nobody has used there.
    pub(crate) fn into_store(store: EventStore, name: &str, now: DateTime<Utc>) -> Result<Self> {
        let first_id = u64::try_from(now.timestamp_micros())?;
        let (event, event_id) = (booked(now)?, Arc::new(AtomicU64::new(first_id)));
        Ok(Self { _node: None, store, event, event_id, name: name.to_owned(), rounds: 0 })
    }

    /// Events a second that these callers append, each to its own streams; there are as many streams as agents.
    pub(crate) fn rate(&mut self, runtime: &Runtime, callers: usize, duration: Duration) -> Result<f64> {
        self.rounds += 1;
        let callers = (0..callers).map(|caller| Caller {
            store: self.store.clone(),
            event: self.event.clone(),
            event_id: Arc::clone(&self.event_id),
            streams: (caller..AGENTS)
                .step_by(callers)
                .map(|agent| (format!("{}-{}-{agent}", self.name, self.rounds), ExpectedRevision::NoStream))
                .collect(),
            next: 0,
        });
        runtime.block_on(load::rate(callers.collect(), duration))
    }
}

/// Appends to its streams in turn, and tracks their revisions.
struct Caller {
    store: EventStore,
    event: NewEvent,
    event_id: Arc<AtomicU64>,
    streams: Vec<(String, ExpectedRevision)>,
    next: usize,
}

impl Client for Caller {
    async fn once(&mut self) -> Result<()> {
        let number = self.event_id.fetch_add(1, Ordering::Relaxed);
        self.event.event_id = EventId::new(Uuid::from_u128(u128::from(number)));
        let (stream, expected) = &mut self.streams[self.next];
        let appended = self.store.append(stream, *expected, std::slice::from_ref(&self.event)).await?;
        *expected = ExpectedRevision::Exact(appended.revision);
        self.next = (self.next + 1) % self.streams.len();
        Ok(())
    }
}

/// The event that a booking of this bench appends, with its metadata.
pub(crate) fn booked(now: DateTime<Utc>) -> Result<NewEvent> {
    let (appointment_id, agent_id) = (AppointmentId::new(Uuid::from_u128(1)), AgentId::parse("agent-1")?);
    let event: AgentEvent = AppointmentBooked {
        appointment_type: AppointmentTypeCode::parse(TYPE)?,
        ..fixtures::booked(appointment_id, &agent_id, now, 5)
    }
    .into();
    Ok(NewEvent {
        event_id: EventId::new(Uuid::from_u128(0)),
        event_type: event.event_type(),
        payload: event.payload(),
        metadata: Metadata {
            command_digest: DIGEST.to_owned(),
            schema_version: event.schema_version(),
            ..fixtures::metadata(Uuid::from_u128(2), now)
        },
    })
}

/// Runs a node until its standard input is closed.
pub(crate) fn serve(folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let node = runtime.block_on(Node::start(NodeConfig::new(folder)))?;
    {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", node.connection_string())?;
        out.flush()?;
    }
    io::copy(&mut io::stdin(), &mut io::sink())?;
    runtime.block_on(node.shutdown());
    Ok(())
}
