use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use reactor::Running;
use read_model::{MemoryReadModel, ReadModel};
use schemas::event::{AgentProfileUpdated, AgentRegistered};
use schemas::{AgentEvent, AgentId, EventId, Metadata, stream};
use uuid::Uuid;

use crate::store_server::{OwnNode, StoreServer};

/// Longer than anything that a test waits for takes; it only bounds a failure.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

/// A store, agents and ids in it that no other test and no earlier run has, and a read model to project into.
pub(crate) struct Given {
    pub(crate) store: EventStore,
    pub(crate) read_model: MemoryReadModel,
    server: StoreServer,
    /// The suffix of all names of this test, if the store may be shared.
    suffix: String,
    last_id: u128,
}

impl Given {
    /// On the store that the environment names, or on a node of the test's own.
    pub(crate) async fn new() -> Self {
        Self::on(StoreServer::start().await)
    }

    /// On a node of the test's own, for this reason.
    pub(crate) async fn with_own_node(because: &str) -> Self {
        Self::on(StoreServer::Own(Box::new(OwnNode::start(because).await)))
    }

    pub(crate) fn on(server: StoreServer) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test is the edge: its names and ids begin here")]
        let id = Uuid::new_v4();
        let suffix = match &server {
            StoreServer::Named(_) => format!("-{}", id.simple()),
            StoreServer::Own(_) => String::new(),
        };
        let (store, read_model) = (server.store(), MemoryReadModel::new());
        Self { store, read_model, server, suffix, last_id: id.as_u128() }
    }

    fn node(&mut self) -> &mut OwnNode {
        match &mut self.server {
            StoreServer::Own(node) => node,
            StoreServer::Named(url) => panic!("{url} is not for one test to stop"),
        }
    }

    pub(crate) async fn stop_node(&mut self) {
        self.node().stop().await;
    }

    pub(crate) async fn start_node(&mut self) {
        self.node().start_again().await;
    }

    pub(crate) async fn restart_node(&mut self) {
        self.stop_node().await;
        self.start_node().await;
    }

    /// The agent of this name in the test.
    pub(crate) fn agent(&self, name: &str) -> AgentId {
        format!("{name}{}", self.suffix).parse().unwrap()
    }

    /// A new id each time.
    pub(crate) fn new_id(&mut self) -> Uuid {
        self.last_id = self.last_id.wrapping_add(1);
        Uuid::from_u128(self.last_id)
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn connection_string(&self) -> String {
        self.server.connection_string()
    }

    pub(crate) fn project(&self) -> Running {
        projector::spawn(&self.store, self.read_model.clone(), now)
    }

    /// Appends to the agent's stream, and returns the position.
    pub(crate) async fn append(&mut self, agent_id: &AgentId, event: impl Into<AgentEvent>) -> u64 {
        let event = self.encoded(event);
        self.append_stored(agent_id, &[event]).await
    }

    /// Appends in one write, and returns the position of the last event.
    pub(crate) async fn append_stored(&self, agent_id: &AgentId, events: &[NewEvent]) -> u64 {
        self.append_to(&stream::agent(agent_id), events).await
    }

    pub(crate) async fn append_to(&self, stream: &str, events: &[NewEvent]) -> u64 {
        in_time(self.store.append(stream, ExpectedRevision::Any, events)).await.unwrap().position
    }

    pub(crate) fn encoded(&mut self, event: impl Into<AgentEvent>) -> NewEvent {
        let event = event.into();
        self.stored(event.event_type(), event.schema_version(), event.payload())
    }

    pub(crate) fn stored(
        &mut self,
        event_type: &'static str,
        schema_version: u16,
        payload: Vec<u8>,
    ) -> NewEvent {
        let id = self.new_id();
        NewEvent {
            event_id: EventId::new(id),
            event_type,
            payload,
            metadata: Metadata { schema_version, ..fixtures::metadata(id, now()) },
        }
    }

    /// The agent's name as the read model has it, if it has the agent.
    pub(crate) async fn name_of(&self, agent_id: &AgentId) -> Option<String> {
        let answer = ReadModel::from(self.read_model.clone()).agent(agent_id).await;
        answer.ok().map(|answer| answer.value.agent.profile.name)
    }

    pub(crate) async fn reach(&self, position: u64) {
        self.read_model.wait_for(position, TIMEOUT).await.unwrap();
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

pub(crate) fn registered(agent_id: &AgentId, name: &str) -> AgentRegistered {
    AgentRegistered { agent_id: agent_id.clone(), profile: fixtures::profile(name) }
}

pub(crate) fn renamed(agent_id: &AgentId, name: &str) -> AgentProfileUpdated {
    AgentProfileUpdated { agent_id: agent_id.clone(), profile: fixtures::profile(name) }
}

/// Fails a test that would wait for ever.
pub(crate) async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, awaited).await.expect("what a test waits for comes in time")
}
