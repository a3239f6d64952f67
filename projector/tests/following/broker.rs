//! A Kafka for tests, with topics of each test's own. Shared by several test crates.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
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
    /// None if it is a real one.
    pub(crate) cluster: Option<MockCluster<'static, DefaultProducerContext>>,
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
        let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
        let deadline = std::time::Instant::now() + TIMEOUT;
        loop {
            let made = self.admin().create_topics([&new], &AdminOptions::new()).await.unwrap();
            match &made[..] {
                [Ok(_)] => return,
                // It is deleted in the background.
                [Err((_, RDKafkaErrorCode::TopicAlreadyExists))] if std::time::Instant::now() < deadline => {}
                made => panic!("{made:?}"),
            }
        }
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
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

/// Waits until this client knows the leader of each partition, which takes a moment after a topic is created; returns
/// their number.
fn until_known(consumer: &BaseConsumer, topic: &str) -> i32 {
    let deadline = std::time::Instant::now() + TIMEOUT;
    loop {
        let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT).unwrap();
        let leaders: Vec<i32> = metadata
            .topics()
            .iter()
            .flat_map(MetadataTopic::partitions)
            .map(MetadataPartition::leader)
            .collect();
        if !leaders.is_empty() && leaders.iter().all(|leader| *leader >= 0) {
            return i32::try_from(leaders.len()).unwrap();
        }
        assert!(std::time::Instant::now() < deadline, "not all partitions of {topic} have a leader");
    }
}

/// Waits until every transaction is settled in every partition: a commit is answered once it is decided, and the partitions
/// hear of it a moment later.
fn until_settled(client: &ClientConfig, committed: &BaseConsumer, topic: &str, partitions: i32) {
    let written: BaseConsumer = client.clone().set("isolation.level", "read_uncommitted").create().unwrap();
    let end = |of: &BaseConsumer, partition| of.fetch_watermarks(topic, partition, TIMEOUT).unwrap().1;
    let deadline = std::time::Instant::now() + TIMEOUT;
    while (0..partitions).any(|partition| end(committed, partition) < end(&written, partition)) {
        assert!(std::time::Instant::now() < deadline, "a transaction in {topic} is not settled in time");
    }
}

/// What is committed, up to where each partition ended when it was reached.
fn read(mut client: ClientConfig, topic: &str) -> Vec<Record> {
    client.set("group.id", "citas-test").set("enable.partition.eof", "true");
    let consumer: BaseConsumer = client.create().unwrap();
    let partitions = until_known(&consumer, topic);
    until_settled(&client, &consumer, topic, partitions);
    let mut beginnings = TopicPartitionList::new();
    for partition in 0..partitions {
        beginnings.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&beginnings).unwrap();
    let deadline = std::time::Instant::now() + TIMEOUT;
    let mut unread: BTreeSet<i32> = (0..partitions).collect();
    let mut records = Vec::new();
    while !unread.is_empty() {
        assert!(std::time::Instant::now() < deadline, "partitions {unread:?} are not read in time");
        let message = match consumer.poll(Duration::from_millis(100)) {
            None => continue,
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                unread.remove(&partition);
                continue;
            }
            Some(message) => message.unwrap(),
        };
        // Those written meanwhile are left to the next read.
        if !unread.contains(&message.partition()) {
            continue;
        }
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
