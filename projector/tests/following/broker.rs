//! A Kafka for tests, with topics of each test's own. Shared by several test crates.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::metadata::MetadataTopic;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

/// Longer than anything that a test waits for takes; it only bounds a failure.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The number of partitions of every topic.
pub(crate) const PARTITIONS: i32 = 3;

/// Names a broker to be used where no fault is needed, such as `localhost:9092`.
const VARIABLE: &str = "CITAS_TEST_KAFKA";

pub(crate) struct Broker {
    pub(crate) brokers: String,
    /// Keeps the names of this test apart from those of others on the same broker.
    prefix: String,
    cluster: Option<MockCluster<'static, DefaultProducerContext>>,
}

/// A record as a consumer sees it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    pub(crate) key: String,
    pub(crate) payload: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.payload).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Broker {
    /// The broker that the environment names, or else librdkafka's mock cluster. The output says which.
    pub(crate) fn new() -> Self {
        static SAY: Once = Once::new();
        let named = std::env::var(VARIABLE).ok();
        // To standard error, past the capture of the test harness.
        SAY.call_once(|| match &named {
            Some(brokers) => drop(writeln!(
                std::io::stderr(),
                "Kafka: tested on the one at {brokers}; where brokers must fail, on librdkafka's mock cluster"
            )),
            None => drop(writeln!(
                std::io::stderr(),
                "Kafka: tested on librdkafka's mock cluster, not on a Kafka"
            )),
        });
        let Some(brokers) = named else { return Self::faulty() };
        // The broker may outlive the test, and be used by several at once.
        let prefix = format!("citas-test-{:016x}-", RandomState::new().build_hasher().finish());
        Self { brokers, prefix, cluster: None }
    }

    /// A cluster of three whose brokers can be made to fail. Partition n of each topic is led by broker n + 1.
    pub(crate) fn faulty() -> Self {
        let cluster = MockCluster::new(3).unwrap();
        Self { brokers: cluster.bootstrap_servers(), prefix: String::new(), cluster: Some(cluster) }
    }

    /// The name of a topic or a group on this broker.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Creates a topic by its name on this broker.
    pub(crate) async fn make_topic(&self, topic: &str) {
        if let Some(cluster) = &self.cluster {
            cluster.create_topic(topic, PARTITIONS, 1).unwrap();
            for partition in 0..PARTITIONS {
                cluster.partition_leader(topic, partition, Some(partition + 1)).unwrap();
            }
            return;
        }
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
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

    /// The settings of a client.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config
    }

    /// Everything that is in the topic now, one partition after the other.
    pub(crate) async fn records(&self, topic: &str) -> Vec<Record> {
        let (client, topic) = (self.client(), topic.to_owned());
        tokio::task::spawn_blocking(move || read(client, &topic)).await.unwrap()
    }
}

/// Waits until this client knows the leader of each partition, which takes a moment after a topic is created.
fn until_known(consumer: &BaseConsumer, topic: &str) {
    let deadline = std::time::Instant::now() + TIMEOUT;
    loop {
        let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT).unwrap();
        let partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
        if partitions.filter(|partition| partition.leader() >= 0).count()
            == usize::try_from(PARTITIONS).unwrap()
        {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "not all partitions of {topic} have a leader");
    }
}

/// Where a partition begins and ends, once the broker that is named as its leader has heard of that itself.
fn watermarks(consumer: &BaseConsumer, topic: &str, partition: i32) -> (i64, i64) {
    let deadline = std::time::Instant::now() + TIMEOUT;
    loop {
        match consumer.fetch_watermarks(topic, partition, TIMEOUT) {
            Err(KafkaError::MetadataFetch(RDKafkaErrorCode::NotLeaderForPartition))
                if std::time::Instant::now() < deadline => {}
            watermarks => return watermarks.unwrap(),
        }
    }
}

fn read(mut client: ClientConfig, topic: &str) -> Vec<Record> {
    let consumer: BaseConsumer = client.set("group.id", "citas-test").create().unwrap();
    until_known(&consumer, topic);
    let mut beginnings = TopicPartitionList::new();
    // By partition, how many records are to be read; those written meanwhile are left to the next read.
    let mut unread = BTreeMap::new();
    for partition in 0..PARTITIONS {
        let (low, high) = watermarks(&consumer, topic, partition);
        unread.insert(partition, high - low);
        beginnings.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&beginnings).unwrap();
    let deadline = std::time::Instant::now() + TIMEOUT;
    let mut records = Vec::new();
    while unread.values().any(|unread| *unread > 0) {
        assert!(std::time::Instant::now() < deadline, "{unread:?} records are not read in time");
        let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
        let message = message.unwrap();
        let unread = unread.entry(message.partition()).or_default();
        if *unread == 0 {
            continue;
        }
        *unread -= 1;
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        records.push(Record {
            partition: message.partition(),
            key: text(message.key()),
            payload: text(message.payload()),
            headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
        });
    }
    records.sort_by_key(|record| record.partition);
    records
}
