use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::Value;
use system_tests::{Client, EventNode, Gateway, Launch, RunningService, Service};
use tempfile::TempDir;

use super::kafka::Kafka;
use crate::support::{all, set_up};

pub(crate) const AGENTS: [&str; 3] = ["7", "8", "9"];

/// Everything, running and ready, with agents who are there at all hours.
pub(crate) struct Production {
    pub(crate) node: EventNode,
    pub(crate) command_api: RunningService,
    pub(crate) query_api: RunningService,
    pub(crate) projector: RunningService,
    pub(crate) kafka: Kafka,
    pub(crate) gateway: Gateway,
    /// Of the tables in Postgres.
    pub(crate) schema: String,
    folder: TempDir,
}

impl Production {
    pub(crate) async fn start(kafka: Kafka) -> Self {
        Self::on(kafka, &redis(), async |address| address).await
    }

    /// With this Redis.
    pub(crate) async fn with_redis(redis: &str) -> Self {
        Self::on(Kafka::shared(), redis, async |address| address).await
    }

    /// With command-api on its store by way of another address, made from the store's.
    pub(crate) async fn through(way: impl AsyncFnOnce(String) -> String) -> Self {
        Self::on(Kafka::shared(), &redis(), way).await
    }

    async fn on(kafka: Kafka, redis: &str, way: impl AsyncFnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
        let store = node.connection_string().to_owned();
        let schema = format!("production_{}", unique());
        kafka.make_topic().await;
        let projector = Service::projector(&store, &postgres(), &schema)
            .setting("CITAS_KAFKA", &kafka.brokers())
            .setting("CITAS_KAFKA_EVENTS", kafka.topic())
            .ready();
        let way = format!("esdb://{}?tls=false&discoveryInterval=1", way(node.address()).await);
        let command_api = Service::command_api(&way).ready();
        let (projector, command_api) = (projector.await, command_api.await);
        let query_api = Service::query_api(&postgres(), &schema).setting("CITAS_REDIS", redis);
        let query_api = query_api.ready().await;
        let gateway = Gateway::start(query_api.client().address(), command_api.client().address()).await;
        set_up(&gateway.client(), &AGENTS).await;
        Self { node, command_api, query_api, projector, kafka, gateway, schema, folder }
    }

    /// Asks through the gateway.
    pub(crate) fn client(&self) -> Client {
        self.gateway.client()
    }

    /// Every appointment as the read model in Postgres has it, once it knows this position.
    pub(crate) async fn appointments(&self, position: u64) -> Vec<Value> {
        appointments(&self.client(), position).await
    }

    /// Ends all of it in good order, and gives every appointment as it is stored: another program reads the log of the
    /// event store from its beginning.
    pub(crate) async fn stop_and_read_the_log(self, position: u64) -> Vec<Value> {
        for service in [self.command_api, self.query_api, self.projector] {
            let exit = service.stop().await;
            assert_eq!(exit.code, Some(0), "{}", exit.logs);
            assert!(!exit.logs.contains("panicked"), "{}", exit.logs);
        }
        let data = self.node.data().to_owned();
        assert_eq!(self.node.stop().await.code, Some(0));
        let citas = Launch::new(data).ready().await;
        let stored = appointments(&citas.client(), position).await;
        drop(self.folder);
        stored
    }
}

async fn appointments(client: &Client, position: u64) -> Vec<Value> {
    all(client, "/v1/appointments?sort=created_at", &position.into()).await
}

pub(crate) fn postgres() -> String {
    std::env::var("CITAS_TEST_POSTGRES")
        .expect("run the tests as scripts/services run cargo test --workspace")
}

fn redis() -> String {
    std::env::var("CITAS_TEST_REDIS").expect("run the tests as scripts/services run cargo test --workspace")
}

/// A loopback address that nobody else takes a port of while the store is away.
pub(super) fn address_of_its_own() -> String {
    static LAST: AtomicU8 = AtomicU8::new(0);
    format!("127.0.79.{}:0", LAST.fetch_add(1, Ordering::Relaxed) + 1)
}

/// What no other test has named anything after, on servers that may outlive it.
pub(crate) fn unique() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
