//! A Kafka to write to: a topic of the test's own.

use std::io::Write as _;

use projector::relay::RelaySettings;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::client::DefaultClientContext;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use schemas::{AgentId, stream};

use crate::broker::{Broker, Record};
use crate::support::in_time;

pub(crate) struct Kafka {
    pub(crate) settings: RelaySettings,
    pub(crate) broker: Broker,
}

impl Kafka {
    pub(crate) async fn new() -> Self {
        Self::on(Broker::new()).with_topic().await
    }

    /// One whose brokers can be made to fail. Partition n is led by broker n + 1.
    pub(crate) async fn faulty() -> Self {
        Self::on(Broker::faulty()).with_topic().await
    }

    /// The broker that the environment names, for what the mock cluster does not do. Without one, the output says what is
    /// not tested.
    pub(crate) async fn real(what: &str) -> Option<Self> {
        let broker = Broker::new();
        if broker.cluster.is_some() {
            // To standard error, past the capture of the test harness.
            let _ = writeln!(std::io::stderr(), "NOT TESTED, as librdkafka's mock cluster has no {what}");
            return None;
        }
        Some(Self::on(broker).with_topic().await)
    }

    pub(crate) fn without_topic() -> Self {
        Self::on(Broker::new())
    }

    fn on(broker: Broker) -> Self {
        let mut settings = RelaySettings::new(&broker.brokers);
        settings.topic = broker.name(&settings.topic);
        Self { settings, broker }
    }

    async fn with_topic(self) -> Self {
        self.make_topic().await;
        self
    }

    pub(crate) async fn make_topic(&self) {
        self.broker.make_topic(&self.settings.topic).await;
    }

    /// Deletes the topic; on a real broker only.
    pub(crate) async fn delete_topic(&self) {
        let topic = self.settings.topic.as_str();
        let deleted = self.admin().delete_topics(&[topic], &AdminOptions::new()).await.unwrap();
        assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    }

    /// Adds partitions to the topic, up to this number; on a real broker only.
    pub(crate) async fn add_partitions(&self, count: usize) {
        let more = NewPartitions::new(&self.settings.topic, count);
        let added = self.admin().create_partitions([&more], &AdminOptions::new()).await.unwrap();
        assert!(added.iter().all(Result::is_ok), "{added:?}");
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.broker.client().create().unwrap()
    }

    pub(crate) fn cluster(&self) -> &MockCluster<'static, DefaultProducerContext> {
        self.broker.cluster()
    }

    /// Everything that is in the topic now, one partition after the other.
    pub(crate) async fn records(&self) -> Vec<Record> {
        self.broker.records(&self.settings.topic).await
    }
}

impl Kafka {
    /// The types of the agent's messages, once there are so many.
    pub(crate) async fn types(&self, agent_id: &AgentId, count: usize) -> Vec<String> {
        in_time(async {
            loop {
                let records = self.records().await;
                let stream = stream::agent(agent_id);
                let told = records.iter().filter(|record| record.headers["citas-stream"] == stream);
                let types: Vec<_> = told.map(|record| record.headers["ce_type"].clone()).collect();
                if count <= types.len() {
                    return types;
                }
            }
        })
        .await
    }
}
