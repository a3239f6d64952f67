//! The actors of bulk moves' streams.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use domain::BulkMove;
use event_store::EventStore;
use lru::LruCache;
use operation::ClockWatch;
use schemas::{MoveId, stream};
use tokio::runtime::Handle;

use crate::writer::{NoContext, Writer};

/// How many are kept: those of bulk moves that are being carried out, and of some before.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// The actors of the bulk moves that were used last.
#[derive(Debug)]
pub(crate) struct MoveWriters {
    runtime: Handle,
    store: EventStore,
    clock: ClockWatch,
    writers: Mutex<LruCache<MoveId, Writer<BulkMove>>>,
}

impl MoveWriters {
    /// Actors will run on the runtime that this is called on.
    pub(crate) fn new(store: EventStore, clock: ClockWatch) -> Self {
        Self { runtime: Handle::current(), store, clock, writers: Mutex::new(LruCache::new(KEPT)) }
    }

    /// The actor of a bulk move, started if need be.
    pub(crate) fn writer(&self, move_id: MoveId) -> Writer<BulkMove> {
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writers.get(&move_id).filter(|writer| writer.is_alive()) {
            return writer.clone();
        }
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let stream = stream::bulk_move(move_id);
        let writer = Writer::start(&self.runtime, store, stream, Arc::new(NoContext), clock);
        writers.put(move_id, writer.clone());
        writer
    }
}
