//! The actors of agents' streams that are running.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Agent;
use event_store::EventStore;
use lru::LruCache;
use operation::ClockWatch;
use schemas::{AgentId, stream};
use tokio::runtime::Handle;

use super::{OfficeFeed, Writer};

/// The running actors, of the most recently used agents.
#[derive(Debug)]
pub(crate) struct LiveAgents {
    runtime: Handle,
    store: EventStore,
    office: Arc<OfficeFeed>,
    clock: ClockWatch,
    writers: Mutex<LruCache<AgentId, Writer<Agent>>>,
}

impl LiveAgents {
    /// Actors will run on the runtime that this is called on.
    pub(crate) fn new(
        store: EventStore,
        office: Arc<OfficeFeed>,
        clock: ClockWatch,
        capacity: NonZeroUsize,
    ) -> Self {
        Self {
            runtime: Handle::current(),
            store,
            office,
            clock,
            writers: Mutex::new(LruCache::new(capacity)),
        }
    }

    /// Whether the agent's actor is running.
    pub(crate) fn is_live(&self, agent_id: &AgentId) -> bool {
        let writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        writers.peek(agent_id).is_some_and(Writer::is_alive)
    }

    /// The agent's actor, started if need be. The least recently used one is evicted: it ends once its mailbox is
    /// empty. If its agent is used again before that, the stream's expected revision decides between the two.
    pub(crate) fn writer(&self, agent_id: &AgentId) -> Writer<Agent> {
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        // An actor that a defect has ended is replaced: each of its commands is on the stream or was not carried out.
        if let Some(writer) = writers.get(agent_id).filter(|writer| writer.is_alive()) {
            return writer.clone();
        }
        let writer = Writer::start(
            &self.runtime,
            self.store.clone(),
            stream::agent(agent_id),
            Arc::clone(&self.office),
            self.clock.clone(),
        );
        writers.put(agent_id.clone(), writer.clone());
        metrics::gauge!("live_agents").set(f64::from(u32::try_from(writers.len()).unwrap_or(u32::MAX)));
        writer
    }
}
