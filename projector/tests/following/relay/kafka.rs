//! A Kafka to write to: a topic of the test's own.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

use projector::relay::RelaySettings;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use uuid::Uuid;

use crate::given::PATIENCE;

pub(crate) const PARTITIONS: i32 = 3;

/// Names a broker to be used where no fault is needed, such as `localhost:9092`.
const VARIABLE: &str = "CITAS_TEST_KAFKA";

pub(crate) struct Kafka {
    pub(crate) settings: RelaySettings,
    /// None if it is a broker that the environment names.
    cluster: Option<MockCluster<'static, DefaultProducerContext>>,
}

/// A record as a consumer sees it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    pub(crate) key: String,
    pub(crate) payload: Value,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Kafka {
    /// The broker that the environment names, or else librdkafka's own cluster for tests. Which, the output says.
    pub(crate) async fn new() -> Self {
        let kafka = Self::without_topic();
        kafka.make_topic().await;
        kafka
    }

    /// The same, before anybody has made the topic.
    pub(crate) fn without_topic() -> Self {
        static SAY: Once = Once::new();
        let named = std::env::var(VARIABLE).ok();
        // Past what the test harness keeps to itself.
        SAY.call_once(|| match &named {
            Some(brokers) => drop(writeln!(
                std::io::stderr(),
                "relay: tested on the Kafka at {brokers}; where brokers must fail, on librdkafka's mock cluster"
            )),
            None => drop(writeln!(
                std::io::stderr(),
                "relay: tested on librdkafka's mock cluster, not on a Kafka"
            )),
        });
        named.map_or_else(Self::mocked, |brokers| Self::at(&brokers, None))
    }

    /// A cluster of three whose brokers can be made to fail, which only librdkafka's own can. Partition n is led by
    /// broker n + 1.
    pub(crate) async fn faulty() -> Self {
        let kafka = Self::mocked();
        kafka.make_topic().await;
        kafka
    }

    fn mocked() -> Self {
        let cluster = MockCluster::new(PARTITIONS).unwrap();
        Self::at(&cluster.bootstrap_servers(), Some(cluster))
    }

    fn at(brokers: &str, cluster: Option<MockCluster<'static, DefaultProducerContext>>) -> Self {
        let mut settings = RelaySettings::new(brokers);
        // A broker may outlive the test, and be asked by several at once.
        settings.topic = format!("citas-test-{:016x}", RandomState::new().build_hasher().finish());
        Self { settings, cluster }
    }

    pub(crate) async fn make_topic(&self) {
        let topic = &self.settings.topic;
        if let Some(cluster) = &self.cluster {
            cluster.create_topic(topic, PARTITIONS, 1).unwrap();
            for partition in 0..PARTITIONS {
                cluster.partition_leader(topic, partition, Some(partition + 1)).unwrap();
            }
            return;
        }
        let mut config = ClientConfig::new();
        let admin: AdminClient<DefaultClientContext> =
            config.set("bootstrap.servers", &self.settings.brokers).create().unwrap();
        let topic = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
        let made = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
    }

    pub(crate) fn cluster(&self) -> &MockCluster<'static, DefaultProducerContext> {
        self.cluster.as_ref().unwrap()
    }

    pub(crate) fn all_down(&self) {
        (1..=PARTITIONS).for_each(|broker| self.cluster().broker_down(broker).unwrap());
    }

    pub(crate) fn all_up(&self) {
        (1..=PARTITIONS).for_each(|broker| self.cluster().broker_up(broker).unwrap());
    }

    /// Everything that is in the topic now, one partition after the other.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let settings = self.settings.clone();
        tokio::task::spawn_blocking(move || read(&settings)).await.unwrap()
    }
}

fn read(settings: &RelaySettings) -> Vec<Record> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.brokers).set("group.id", "citas-test");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut beginnings = TopicPartitionList::new();
    let mut unread = 0;
    for partition in 0..PARTITIONS {
        let (low, high) = consumer.fetch_watermarks(&settings.topic, partition, PATIENCE).unwrap();
        unread += high - low;
        beginnings.add_partition_offset(&settings.topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&beginnings).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while unread > 0 {
        assert!(std::time::Instant::now() < deadline, "{unread} records are not read in time");
        let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
        let message = message.unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        records.push(Record {
            partition: message.partition(),
            key: text(message.key().unwrap()),
            payload: serde_json::from_slice(message.payload().unwrap()).unwrap(),
            headers: message
                .headers()
                .unwrap()
                .iter()
                .map(|header| (header.key.to_owned(), text(header.value.unwrap())))
                .collect(),
        });
        unread -= 1;
    }
    records.sort_by_key(|record| record.partition);
    records
}

/// The ids of the events that were told, by agent, in the order of their partition.
pub(crate) fn ids_by_agent(records: &[Record]) -> BTreeMap<String, Vec<Uuid>> {
    let mut ids: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for record in records {
        ids.entry(record.key.clone()).or_default().push(record.headers["ce_id"].parse().unwrap());
    }
    ids
}
