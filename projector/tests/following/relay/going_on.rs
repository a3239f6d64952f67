use rdkafka::producer::{FutureProducer, FutureRecord};
use schemas::event::AgentDeactivated;

use crate::support::{Given, in_time, registered, renamed};

use super::kafka::Kafka;
use super::{AGENTS, Story, is_lost, is_ready, reached, relay};

#[tokio::test]
async fn a_relay_that_is_restarted_in_the_middle_neither_loses_nor_repeats() {
    let (mut given, kafka, story) = (Given::new().await, Kafka::new().await, Story::default());
    let carla = given.agent("9");
    given.append(&carla, registered(&carla, "Carla")).await;
    for round in 0..6 {
        let before = given.append(&carla, renamed(&carla, &format!("Carla {round}"))).await;
        story.goes_on(&mut given, 20).await;
        let relay = relay(&given, &kafka);
        // Some of the events are relayed, and some are not.
        reached(&relay, before + 1).await;
    }
    let position = story.goes_on(&mut given, 1).await;
    reached(&relay(&given, &kafka), position).await;
    story.was_told(&kafka.records().await);
}

#[tokio::test]
async fn a_relay_that_has_told_everything_tells_nothing_when_it_is_restarted() {
    let (mut given, kafka, story) = (Given::new().await, Kafka::new().await, Story::default());
    story.goes_on(&mut given, 2).await;
    let ana = given.agent(AGENTS[0]);
    let position = given.append(&ana, AgentDeactivated { agent_id: ana.clone() }).await;
    for _ in 0..3 {
        let relay = relay(&given, &kafka);
        reached(&relay, position).await;
        in_time(relay.until(is_ready)).await;
    }
    story.was_told(&kafka.records().await);
}

#[tokio::test]
async fn an_event_store_that_comes_back_is_followed_on() {
    let (mut given, kafka, story) =
        (Given::with_own_node("stops it").await, Kafka::new().await, Story::default());
    let relay = relay(&given, &kafka);
    let position = story.goes_on(&mut given, 2).await;
    reached(&relay, position).await;
    given.restart_node().await;
    let position = story.goes_on(&mut given, 2).await;
    reached(&relay, position).await;
    story.was_told(&kafka.records().await);
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_waited_for() {
    let (mut given, kafka, story) = (Given::new().await, Kafka::without_topic(), Story::default());
    let position = story.goes_on(&mut given, 1).await;
    let relay = relay(&given, &kafka);
    in_time(relay.until(is_lost)).await;
    let told = relay.ready().unwrap_err().to_string();
    assert!(told.contains(&format!("{}; make it first", kafka.settings.topic)), "{told}");
    kafka.make_topic().await;
    reached(&relay, position).await;
    story.was_told(&kafka.records().await);
}

#[tokio::test]
async fn a_topic_that_somebody_else_writes_to_is_not_guessed_at() {
    let (given, kafka) = (Given::new().await, Kafka::new().await);
    let producer: FutureProducer = kafka.broker.client().create().unwrap();
    let record = FutureRecord::to(&kafka.settings.topic).partition(1).key("x").payload("{}");
    in_time(producer.send(record, None)).await.unwrap();
    let relay = relay(&given, &kafka);
    in_time(relay.until(is_lost)).await;
    let told = relay.ready().unwrap_err().to_string();
    assert!(told.contains("partition 1 has no position"), "{told}");
}
