//! Kafka as other systems see it: a real broker where there is one, or else librdkafka's mock cluster, which is said.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use system_tests::{PrivateServer, STEP_TIMEOUT};

use super::support::unique;

const PARTITIONS: i32 = 3;

pub(crate) struct Kafka {
    broker: Broker,
    topic: String,
}

enum Broker {
    /// That of the environment, which other tests use too.
    Shared(String),
    /// This test's own.
    Private(PrivateServer),
    Mock(MockCluster<'static, DefaultProducerContext>),
}

/// A record as a consumer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    pub(crate) key: String,
    pub(crate) event_id: String,
    pub(crate) event_type: String,
    pub(crate) appointment_id: String,
    pub(crate) position: u64,
}

impl Kafka {
    pub(crate) fn shared() -> Self {
        Self::of(std::env::var("CITAS_TEST_KAFKA").map_or_else(|_| mock(), Broker::Shared))
    }

    /// One that may be taken away.
    pub(crate) async fn private() -> Self {
        Self::of(PrivateServer::start("kafka").await.map_or_else(mock, Broker::Private))
    }

    fn of(broker: Broker) -> Self {
        Self { broker, topic: format!("citas-test-{}", unique()) }
    }

    /// The one of the environment, for what the mock cluster does not do. Without one, the output says what is not tested.
    pub(crate) fn real(what: &str) -> Option<Self> {
        let Ok(brokers) = std::env::var("CITAS_TEST_KAFKA") else {
            // Past what the test harness keeps to itself.
            let _ = writeln!(std::io::stderr(), "NOT TESTED, as librdkafka's mock cluster has no {what}");
            return None;
        };
        Some(Self::of(Broker::Shared(brokers)))
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    pub(crate) fn brokers(&self) -> String {
        match &self.broker {
            Broker::Shared(brokers) => brokers.clone(),
            Broker::Private(server) => server.address().to_owned(),
            Broker::Mock(cluster) => cluster.bootstrap_servers(),
        }
    }

    pub(crate) async fn make_topic(&self) {
        if let Broker::Mock(cluster) = &self.broker {
            cluster.create_topic(&self.topic, PARTITIONS, 1).unwrap();
            return;
        }
        let topic = NewTopic::new(&self.topic, PARTITIONS, TopicReplication::Fixed(1));
        let deadline = std::time::Instant::now() + STEP_TIMEOUT;
        loop {
            let made = self.admin().create_topics([&topic], &AdminOptions::new()).await.unwrap();
            match &made[..] {
                [Ok(_)] => return,
                // It is deleted in the background.
                [Err((_, RDKafkaErrorCode::TopicAlreadyExists))] if std::time::Instant::now() < deadline => {}
                made => panic!("{made:?}"),
            }
        }
    }

    /// Deletes the topic; on a real broker only.
    pub(crate) async fn delete_topic(&self) {
        let deleted = self.admin().delete_topics(&[&self.topic], &AdminOptions::new()).await.unwrap();
        assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    /// Takes it away as a power cut would.
    pub(crate) async fn take_away(&self) {
        match &self.broker {
            Broker::Shared(_) => panic!("others use it"),
            Broker::Private(server) => server.kill().await,
            Broker::Mock(cluster) => cluster.broker_down(1).unwrap(),
        }
    }

    pub(crate) async fn bring_back(&self) {
        match &self.broker {
            Broker::Shared(_) => panic!("others use it"),
            Broker::Private(server) => server.bring_back().await,
            Broker::Mock(cluster) => cluster.broker_up(1).unwrap(),
        }
    }

    /// Everything that is in the topic now, one partition after the other.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let (client, topic) = (self.client(), self.topic.clone());
        tokio::task::spawn_blocking(move || read(&client, &topic)).await.unwrap()
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", self.brokers()).set("group.id", "citas-test");
        client
    }
}

fn mock() -> Broker {
    // Past what the test harness keeps to itself.
    let said = "production: tested on librdkafka's mock cluster, not on a Kafka";
    let _ = writeln!(std::io::stderr(), "{said}");
    Broker::Mock(MockCluster::new(1).unwrap())
}

/// What is committed, up to where each partition ended when it was reached.
fn read(client: &ClientConfig, topic: &str) -> Vec<Record> {
    let consumer: BaseConsumer = client.clone().set("enable.partition.eof", "true").create().unwrap();
    let mut beginnings = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        beginnings.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&beginnings).unwrap();
    let deadline = std::time::Instant::now() + STEP_TIMEOUT;
    let mut unread: BTreeSet<i32> = (0..PARTITIONS).collect();
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
        if !unread.contains(&message.partition()) {
            continue;
        }
        let headers = message.headers().unwrap();
        let header = |name: &str| {
            let found = headers.iter().find(|header| header.key == name).unwrap();
            String::from_utf8(found.value.unwrap().to_vec()).unwrap()
        };
        records.push(Record {
            partition: message.partition(),
            key: String::from_utf8(message.key().unwrap().to_vec()).unwrap(),
            event_id: header("ce_id"),
            event_type: header("ce_type"),
            appointment_id: header("ce_subject"),
            position: header("ce_position").parse().unwrap(),
        });
    }
    records.sort_by_key(|record| record.partition);
    records
}
