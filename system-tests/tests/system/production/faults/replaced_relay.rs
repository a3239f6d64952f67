use std::collections::BTreeMap;

use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::event::AgentRegistered;
use schemas::{AgentEvent, AgentId, AppointmentId, EventId, Metadata, stream};
use system_tests::{EventNode, Service, now};
use uuid::Uuid;

use super::super::kafka::{Kafka, Record};
use super::super::support::{postgres, unique};

const AGENTS: usize = 20;

fn encoded(id: Uuid, event: &AgentEvent) -> NewEvent {
    NewEvent {
        event_id: EventId::new(id),
        event_type: event.event_type(),
        metadata: Metadata { schema_version: event.schema_version(), ..fixtures::metadata(id, now()) },
        payload: event.payload(),
    }
}

async fn register(store: &EventStore) {
    for agent in 0..AGENTS {
        let agent_id: AgentId = format!("agent-{agent}").parse().unwrap();
        let stream = stream::agent(&agent_id);
        let registered = AgentRegistered { agent_id, profile: fixtures::profile("Ana") };
        let event = encoded(Uuid::from_u128(agent as u128 + 1), &registered.into());
        store.append(&stream, ExpectedRevision::NoStream, &[event]).await.unwrap();
    }
}

/// The bookings of this round: so many of each agent.
async fn append(store: &EventStore, round: u128, each: usize) {
    for agent in 0..AGENTS {
        let agent_id: AgentId = format!("agent-{agent}").parse().unwrap();
        let events: Vec<NewEvent> = (0..each)
            .map(|number| {
                let id = Uuid::from_u128((round << 64) + (agent * each + number) as u128 + 1);
                let hours = i64::try_from(round * 1000).unwrap() + i64::try_from(number).unwrap();
                let start = now() + chrono::TimeDelta::hours(hours);
                encoded(id, &fixtures::booked(AppointmentId::new(id), &agent_id, start, 45).into())
            })
            .collect();
        store.append(&stream::agent(&agent_id), ExpectedRevision::Any, &events).await.unwrap();
    }
}

/// Asserts that so many events are in the topic, each once, those of a partition in the order of the log.
fn are_once_and_in_order(records: &[Record], count: usize) {
    let mut by_partition: BTreeMap<i32, Vec<u64>> = BTreeMap::new();
    for record in records {
        by_partition.entry(record.partition).or_default().push(record.position);
    }
    for (partition, positions) in &by_partition {
        assert!(positions.is_sorted_by(|one, next| one < next), "{partition}: {positions:?}");
    }
    assert_eq!(records.len(), count);
}

async fn until_there_are(kafka: &Kafka, count: usize) -> Vec<Record> {
    loop {
        let records = kafka.records().await;
        if records.len() >= count {
            return records;
        }
    }
}

/// The other projector has a database of its own, so that it leads whatever becomes of the lock of the first: the topic has
/// to be right by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projector_that_hangs_and_is_replaced_writes_nothing_more_to_the_topic_when_it_wakes_up() {
    let Some(kafka) = Kafka::real("producers that are fenced") else { return };
    kafka.make_topic().await;
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start(folder.path().join("data")).await;
    let store = EventStore::new(node.connection_string()).unwrap();
    let projector = || {
        Service::projector(node.connection_string(), &postgres(), &format!("production_{}", unique()))
            .setting("CITAS_KAFKA", &kafka.brokers())
            .setting("CITAS_KAFKA_EVENTS", kafka.topic())
    };
    register(&store).await;
    append(&store, 1, 500).await;
    let first = projector().listening().await;
    until_there_are(&kafka, 1).await;
    // However quick it is, it has not told of the last of these yet.
    append(&store, 2, 500).await;
    first.halt();
    let before = kafka.records().await.len();
    assert!(before < 1000 * AGENTS, "it hangs before it is through");

    let second = projector().listening().await;
    let records = until_there_are(&kafka, 1000 * AGENTS).await;
    are_once_and_in_order(&records, 1000 * AGENTS);
    first.resume();
    append(&store, 3, 100).await;
    first.until_ready().await;
    second.until_ready().await;
    let records = until_there_are(&kafka, 1100 * AGENTS).await;
    let logs = first.logs();
    for projector in [first, second] {
        projector.stop().await;
    }
    are_once_and_in_order(&records, 1100 * AGENTS);
    are_once_and_in_order(&kafka.records().await, 1100 * AGENTS);
    // It had been on its way to write, and was refused, unless it noticed first that its lease had expired.
    let gave_way =
        [r#""the reactor failed and is retried: Kafka:"#, "the lease could not be renewed in time"];
    assert!(gave_way.iter().any(|said| logs.contains(said)), "{logs}");
}
