//! Reads of the event store by many callers: of one stream, and of pages of the whole log.

use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use event_store::{EventStore, ExpectedRevision, NewEvent, StreamFilter};
use schemas::EventId;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::appends::booked;
use crate::load::{self, Client};

/// How many events a stream has that is read: about a month of a busy agent.
pub(crate) const STREAM: usize = 100;

/// How many events of the whole log a page has, as when a projector starts.
pub(crate) const PAGE: usize = 500;

/// How many streams there are to read.
const STREAMS: usize = 20;

/// The streams to read, written once.
pub(crate) struct Reads {
    store: EventStore,
    streams: Vec<String>,
}

impl Reads {
    /// Writes the streams, whose names begin with this one, which nobody has used in the store.
    pub(crate) async fn prepare(store: EventStore, name: &str, now: DateTime<Utc>) -> Result<Self> {
        let event = booked(now)?;
        let streams: Vec<_> = (0..STREAMS).map(|number| format!("{name}-read-{number}")).collect();
        let first = u128::from(u64::try_from(now.timestamp_micros())?) << 64;
        for (number, stream) in streams.iter().enumerate() {
            let id = |at: usize| first + u128::try_from(number * STREAM + at).expect("a count of events");
            let events: Vec<_> = (0..STREAM)
                .map(|at| NewEvent { event_id: EventId::new(Uuid::from_u128(id(at))), ..event.clone() })
                .collect();
            store.append(stream, ExpectedRevision::NoStream, &events).await?;
        }
        Ok(Self { store, streams })
    }

    /// Streams a second that these callers read whole.
    pub(crate) fn stream_rate(&self, runtime: &Runtime, callers: usize, time: Duration) -> Result<f64> {
        let caller = |number: usize| StreamCaller {
            store: self.store.clone(),
            streams: self.streams.clone(),
            next: number,
        };
        runtime.block_on(load::rate((0..callers).map(caller).collect(), time))
    }

    /// Pages of the whole log a second that these callers read, each from its beginning on.
    pub(crate) fn page_rate(&self, runtime: &Runtime, callers: usize, time: Duration) -> Result<f64> {
        let caller = |_| PageCaller { store: self.store.clone(), after: None };
        runtime.block_on(load::rate((0..callers).map(caller).collect(), time))
    }
}

struct StreamCaller {
    store: EventStore,
    streams: Vec<String>,
    next: usize,
}

impl Client for StreamCaller {
    async fn once(&mut self) -> Result<()> {
        self.next = (self.next + 1) % self.streams.len();
        let events = self.store.load(&self.streams[self.next], None).await?;
        ensure!(events.len() == STREAM, "a stream of {STREAM} events was read as {}", events.len());
        Ok(())
    }
}

struct PageCaller {
    store: EventStore,
    after: Option<u64>,
}

impl Client for PageCaller {
    async fn once(&mut self) -> Result<()> {
        loop {
            let events = self.store.read_all(self.after, PAGE, &StreamFilter::all()).await?;
            if events.len() == PAGE {
                self.after = events.last().map(|event| event.position);
                return Ok(());
            }
            // The log's end is no whole page: it begins again.
            ensure!(self.after.is_some(), "the log has fewer than {PAGE} events");
            self.after = None;
        }
    }
}
