use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use projector::Projection;
use read_model::{MemoryReadModel, ReadModel};
use schemas::event::{AgentProfileUpdated, AgentRegistered};
use schemas::value::AgentProfile;
use schemas::{Actor, ActorKind, AgentEvent, AgentId, CommandId, EventId, Metadata, Origin};
use tempfile::TempDir;
use uuid::Uuid;

/// Longer than anything that a test waits for takes; it only bounds a failure.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A node of the test's own, and a read model to be projected into.
pub(crate) struct Given {
    pub(crate) store: EventStore,
    pub(crate) read_model: MemoryReadModel,
    node: Option<Node>,
    listen: SocketAddr,
    folder: TempDir,
    last_id: u128,
}

impl Given {
    /// Each has a loopback address to itself, so that nobody else takes its port while it is down.
    pub(crate) async fn new() -> Self {
        static LAST: AtomicU8 = AtomicU8::new(1);
        let listen = SocketAddr::from(([127, 0, 78, LAST.fetch_add(1, Ordering::Relaxed)], 0));
        let folder = TempDir::new().unwrap();
        let node = Node::start(NodeConfig { listen, ..NodeConfig::new(folder.path()) }).await.unwrap();
        let store = EventStore::new(&node.connection_string()).unwrap();
        let listen = node.local_addr();
        Self { store, read_model: MemoryReadModel::new(), node: Some(node), listen, folder, last_id: 0 }
    }

    pub(crate) async fn stop_node(&mut self) {
        self.node.take().unwrap().shutdown().await;
    }

    pub(crate) async fn restart_node(&mut self) {
        if self.node.is_some() {
            self.stop_node().await;
        }
        let config = NodeConfig { listen: self.listen, ..NodeConfig::new(self.folder.path()) };
        self.node = Some(Node::start(config).await.unwrap());
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn connection_string(&self) -> String {
        self.node.as_ref().unwrap().connection_string()
    }

    pub(crate) fn project(&self) -> Projection {
        projector::spawn(&self.store, self.read_model.clone(), now)
    }

    /// Appends, and answers the position.
    pub(crate) async fn append(&mut self, stream: &str, event: impl Into<AgentEvent>) -> u64 {
        let event = self.encoded(event);
        self.append_stored(stream, &[event]).await
    }

    /// Appends in one write, and answers the position of the last.
    pub(crate) async fn append_stored(&mut self, stream: &str, events: &[NewEvent]) -> u64 {
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
        self.last_id += 1;
        let id = Uuid::from_u128(self.last_id);
        NewEvent {
            event_id: EventId::new(id),
            event_type,
            payload,
            metadata: Metadata {
                command_id: CommandId::new(id),
                command_digest: "d1g35t".to_owned(),
                correlation_id: id,
                causation_id: id,
                actor: Actor { kind: ActorKind::Dispatcher, id: "3".to_owned() },
                origin: Origin::Dashboard,
                recorded_at: now(),
                schema_version,
                tzdb_version: "2025b".to_owned(),
            },
        }
    }

    /// The agent's name as the read model has it, if it has the agent.
    pub(crate) async fn name_of(&self, agent_id: &str) -> Option<String> {
        let agent_id: AgentId = agent_id.parse().unwrap();
        let answer = ReadModel::from(self.read_model.clone()).agent(&agent_id).await;
        answer.ok().map(|answer| answer.value.agent.profile.name)
    }

    pub(crate) async fn reach(&self, position: u64) {
        self.read_model.wait_for(position, PATIENCE).await.unwrap();
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

fn profile(name: &str) -> AgentProfile {
    AgentProfile {
        name: name.to_owned(),
        time_zone: chrono_tz::America::Santiago,
        email: None,
        phone: None,
        inherits_office_hours: true,
    }
}

pub(crate) fn registered(agent_id: &str, name: &str) -> AgentRegistered {
    AgentRegistered { agent_id: agent_id.parse().unwrap(), profile: profile(name) }
}

pub(crate) fn renamed(agent_id: &str, name: &str) -> AgentProfileUpdated {
    AgentProfileUpdated { agent_id: agent_id.parse().unwrap(), profile: profile(name) }
}

/// Fails a test that would wait for ever.
pub(crate) async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, awaited).await.expect("what a test waits for comes in time")
}
