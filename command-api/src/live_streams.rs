//! The actors of streams whose decisions depend on nothing else: bulk moves and leads.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use event_store::EventStore;
use lru::LruCache;
use operation::ClockWatch;
use tokio::runtime::Handle;

use crate::writer::{EventSourced, NoContext, Writer};

/// The actors of the streams that were used last.
#[derive(Debug)]
pub(crate) struct LiveStreams<Id: Hash + Eq, A: EventSourced> {
    runtime: Handle,
    store: EventStore,
    clock: ClockWatch,
    stream: fn(&Id) -> String,
    writers: Mutex<LruCache<Id, Writer<A>>>,
}

impl<Id: Hash + Eq + Clone, A: EventSourced<Context = ()>> LiveStreams<Id, A> {
    /// Keeps the actors of so many. They will run on the runtime that this is called on.
    pub(crate) fn new(
        store: EventStore,
        clock: ClockWatch,
        kept: NonZeroUsize,
        stream: fn(&Id) -> String,
    ) -> Self {
        let writers = Mutex::new(LruCache::new(kept));
        Self { runtime: Handle::current(), store, clock, stream, writers }
    }

    /// The actor of a stream, started if need be. The least recently used one is evicted: it ends once its mailbox is
    /// empty. If its stream is used again before that, the expected revision decides between the two.
    pub(crate) fn writer(&self, id: &Id) -> Writer<A> {
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writers.get(id).filter(|writer| writer.is_alive()) {
            return writer.clone();
        }
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let writer = Writer::start(&self.runtime, store, (self.stream)(id), Arc::new(NoContext), clock);
        writers.put(id.clone(), writer.clone());
        writer
    }
}
