use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use command_api::CommandApi;
use command_api::intake::{Intake, IntakeSettings};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::mocking::MockCoordinator;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;

use crate::broker::{Broker, PARTITIONS, Record};
use crate::store::Store;
use crate::support::{TIMEOUT, agency, server};

/// A store, an office in it with agents `a` and `b`, and a Kafka with the three topics.
pub(crate) struct Given {
    pub(crate) store: Store,
    pub(crate) api: Arc<CommandApi>,
    pub(crate) broker: Broker,
    pub(crate) settings: IntakeSettings,
    producer: FutureProducer,
}

impl Given {
    pub(crate) async fn new() -> Self {
        Self::on(Store::start().await, Broker::new()).await
    }

    /// On a node of the test's own, for this reason.
    pub(crate) async fn with_own_node(because: &str) -> Self {
        Self::on(Store::own(because).await, Broker::new()).await
    }

    /// With brokers that can be made to fail.
    pub(crate) async fn faulty() -> Self {
        Self::on(Store::start().await, Broker::faulty()).await
    }

    async fn on(store: Store, broker: Broker) -> Self {
        let api = store.api().await;
        agency(&server(&store, &api).await, &["a", "b"]).await;
        let names = IntakeSettings::new(&broker.brokers);
        let settings = IntakeSettings {
            commands: broker.name(&names.commands),
            replies: broker.name(&names.replies),
            dead_letters: broker.name(&names.dead_letters),
            group: broker.name(&names.group),
            ..names
        };
        for topic in [&settings.commands, &settings.replies, &settings.dead_letters] {
            broker.make_topic(topic).await;
        }
        let producer = broker.client().create().unwrap();
        Self { store, api, broker, settings, producer }
    }

    /// An intake of this process that has joined its group.
    pub(crate) async fn intake(&self) -> Intake {
        let intake = Intake::start(&self.api, self.settings.clone()).unwrap();
        in_time(intake.readiness().until(Result::is_ok)).await;
        intake
    }

    /// The system that sends the commands: the ids of its messages are its own.
    pub(crate) fn source(&self) -> String {
        format!("/{}", self.store.name("crm"))
    }

    /// Sends a command and waits until Kafka has it.
    pub(crate) async fn send(&self, key: &str, command: &Sent<'_>) {
        let attributes = [
            ("ce_specversion", "1.0"),
            ("ce_id", command.id),
            ("ce_source", &self.source()),
            ("ce_type", &format!("citas.{}.v1", command.name)),
        ];
        self.send_raw(key, &attributes, command.payload.to_string().as_bytes()).await;
    }

    pub(crate) async fn send_raw(&self, key: &str, attributes: &[(&str, &str)], payload: &[u8]) {
        let headers = attributes.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value.as_bytes()) })
        });
        let record = FutureRecord::to(&self.settings.commands).key(key).payload(payload).headers(headers);
        in_time(self.producer.send(record, TIMEOUT)).await.unwrap();
    }

    /// The replies, once so many different commands are answered.
    pub(crate) async fn replies(&self, count: usize) -> Replies {
        in_time(async {
            loop {
                let replies = Replies(self.broker.records(&self.settings.replies).await);
                if replies.by_command().len() >= count {
                    return replies;
                }
            }
        })
        .await
    }

    /// The replies, once this command is answered.
    pub(crate) async fn replies_with(&self, id: &str) -> Replies {
        in_time(async {
            loop {
                let replies = Replies(self.broker.records(&self.settings.replies).await);
                if replies.by_command().contains_key(id) {
                    return replies;
                }
            }
        })
        .await
    }

    /// Leaves the last broker nothing but the last partition of replies, so that it can be taken down alone.
    pub(crate) fn keep_last_partition_apart(&self) {
        let cluster = self.broker.cluster();
        for partition in 0..PARTITIONS {
            cluster.partition_leader(&self.settings.commands, partition, Some(1)).unwrap();
        }
        cluster.coordinator(MockCoordinator::Group(self.settings.group.clone()), 2).unwrap();
    }

    /// Keys by the partition of their replies, the last and another among them. One command was sent under each.
    pub(crate) async fn keys(&self, payload: impl Fn(i64) -> Value) -> BTreeMap<i32, String> {
        let mut keys = BTreeMap::new();
        for number in 0.. {
            let (key, id) = (format!("key {number}"), format!("first of key {number}"));
            let sent = Sent { name: "BookAppointment", id: &id, payload: payload(number) };
            keys.insert(self.asked(&key, &sent).await.partition, key);
            if keys.len() > 1 && keys.contains_key(&(PARTITIONS - 1)) {
                break;
            }
        }
        keys
    }

    /// Waits until every command of this partition is committed.
    pub(crate) async fn until_committed(&self, partition: i32) {
        let (mut client, commands) = (self.broker.client(), self.settings.commands.clone());
        let consumer: BaseConsumer = client.set("group.id", &self.settings.group).create().unwrap();
        let committed = move || {
            let (_, end) = consumer.fetch_watermarks(&commands, partition, TIMEOUT).unwrap();
            let mut asked = TopicPartitionList::new();
            asked.add_partition(&commands, partition);
            let told = consumer.committed_offsets(asked, TIMEOUT).unwrap();
            told.find_partition(&commands, partition).unwrap().offset() == Offset::Offset(end)
        };
        until(committed).await;
    }

    pub(crate) async fn dead_letters(&self) -> Vec<Record> {
        self.broker.records(&self.settings.dead_letters).await
    }

    /// Sends one command and waits for its reply.
    pub(crate) async fn asked(&self, key: &str, command: &Sent<'_>) -> Record {
        self.send(key, command).await;
        let replies = self.replies_with(command.id).await;
        Record::clone(replies.by_command()[command.id].last().unwrap())
    }

    /// The appointments that were booked in an agent's calendar.
    pub(crate) async fn bookings(&self, agent: &str) -> Vec<Value> {
        let events = self.store.client().load(&self.store.stream(agent), None).await.unwrap();
        let booked = events.iter().filter(|event| event.event_type == "AppointmentBooked");
        booked.map(|event| serde_json::from_slice(&event.payload).unwrap()).collect()
    }
}

/// A command to send.
pub(crate) struct Sent<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) payload: Value,
}

pub(crate) struct Replies(pub(crate) Vec<Record>);

impl Replies {
    /// By the id of the command that they answer.
    pub(crate) fn by_command(&self) -> BTreeMap<&str, Vec<&Record>> {
        let mut replies: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for reply in &self.0 {
            replies.entry(&reply.headers["ce_commandid"]).or_default().push(reply);
        }
        replies
    }

    /// All replies to one command are the same.
    pub(crate) fn agree(&self) {
        for (id, replies) in self.by_command() {
            for reply in &replies {
                let what = |reply: &Record| {
                    let mut json = reply.json();
                    // The position may differ between the replies to one command.
                    json.as_object_mut().unwrap().remove("position");
                    (reply.headers["ce_id"].clone(), reply.headers["ce_status"].clone(), json)
                };
                assert_eq!(what(reply), what(replies[0]), "{id}");
            }
        }
    }
}

/// Fails a test that would wait for ever.
pub(crate) async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, awaited).await.expect("what a test waits for comes in time")
}

/// Polls until the condition holds.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    in_time(async {
        while !is_so() {
            ticks.tick().await;
        }
    })
    .await;
}
