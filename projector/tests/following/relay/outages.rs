use std::time::Duration;

use event_store::{After, StreamFilter, SubscriptionItem};
use metrics_exporter_prometheus::PrometheusBuilder;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use schemas::AppointmentId;
use schemas::event::AppointmentConfirmed;

use crate::broker::Record;
use crate::support::{Given, in_time, registered};

use super::kafka::Kafka;
use super::{Story, is_lost, is_ready, reached, relay};

/// Which events these are, and in which partitions, is known only on a store without others.
const BECAUSE: &str = "makes Kafka fail at certain events";

#[tokio::test]
async fn an_outage_in_the_middle_loses_nothing_and_holds_up_nothing_else() {
    let counted = PrometheusBuilder::new().build_recorder();
    let told = counted.handle();
    let _counting = metrics::set_default_local_recorder(&counted);
    let (mut given, kafka, story) =
        (Given::with_own_node(BECAUSE).await, Kafka::faulty().await, Story::default());
    let bruno = given.agent("8");
    let relay = relay(&given, &kafka);
    let before = story.goes_on(&mut given, 2).await;
    reached(&relay, before).await;
    kafka.broker.all_down();
    story.goes_on(&mut given, 120).await;
    in_time(relay.until(is_lost)).await;
    let position = given.append(&bruno, registered(&bruno, "Bruno")).await;
    in_time(another_follower_reaches(position, &given)).await;
    assert!(relay.position() < position);

    // So slow that what is under way can be seen.
    for broker in 1..=3 {
        kafka.cluster().broker_round_trip_time(broker, Duration::from_millis(300)).unwrap();
    }
    kafka.broker.all_up();
    let waiting = || -> u32 {
        let told = told.render();
        let line = told.lines().find_map(|line| line.strip_prefix("relay_waiting_records "));
        line.unwrap().parse().unwrap()
    };
    in_time(async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while waiting() < 1024 {
            ticks.tick().await;
        }
    })
    .await;
    assert_eq!(waiting(), 1024, "no more of the 2,160 are on their way");
    for broker in 1..=3 {
        kafka.cluster().broker_round_trip_time(broker, Duration::ZERO).unwrap();
    }
    let position = story.goes_on(&mut given, 2).await;
    reached(&relay, position).await;
    in_time(relay.until(is_ready)).await;
    story.was_told(&kafka.records().await);
}

/// Follows the log beside the relay, over the same store and the same runtime.
async fn another_follower_reaches(position: u64, given: &Given) {
    let mut subscription = given.store.subscribe(After::Start, StreamFilter::all());
    loop {
        match subscription.next().await {
            SubscriptionItem::Event(event) if event.position == position => return,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_relay_that_begins_in_an_outage_waits_for_its_end() {
    let (mut given, kafka, story) =
        (Given::with_own_node(BECAUSE).await, Kafka::faulty().await, Story::default());
    kafka.broker.all_down();
    let position = story.goes_on(&mut given, 2).await;
    let relay = relay(&given, &kafka);
    in_time(relay.until(is_lost)).await;
    kafka.broker.all_up();
    reached(&relay, position).await;
    story.was_told(&kafka.records().await);
}

/// One partition cannot be written, so that a transaction with records of it fails again and again, and then the process
/// ends. Whether the mock cluster shows records of such a transaction depends on how far it came.
#[tokio::test]
async fn a_transaction_that_one_partition_cannot_take_comes_whole_after_a_restart() {
    let (mut given, kafka, story) =
        (Given::with_own_node(BECAUSE).await, Kafka::faulty().await, Story::default());
    let first = relay(&given, &kafka);
    let others = Story::default();
    let carla = given.agent("9");
    for _ in 0..30 {
        let id = given.new_id();
        others.books(&mut given, id, &carla).await;
    }
    let before = story.goes_on(&mut given, 2).await;
    reached(&first, before).await;
    let records = kafka.records().await;
    let is_elsewhere =
        |record: &&Record| record.partition != 1 && record.headers["citas-stream"] == "agent-9";
    let elsewhere = records.iter().find(is_elsewhere).expect("not all are of one partition");
    let appointment_id = AppointmentId::new(elsewhere.key.parse().unwrap());
    let there = count_there(&records);
    // While one record waits, all that comes after it becomes one batch.
    kafka.broker.all_down();
    let waiting = given.append(&carla, AppointmentConfirmed { appointment_id }).await;
    in_time(first.until(is_lost)).await;
    let position = story.goes_on(&mut given, 10).await;
    for broker in [1, 3] {
        kafka.cluster().broker_up(broker).unwrap();
    }
    reached(&first, waiting).await;
    in_time(first.until(is_lost)).await;
    first.stop().await;
    kafka.cluster().broker_up(2).unwrap();
    let records = kafka.records().await;
    assert_eq!(count_there(&records), there, "nothing more is in the partition that was away");

    let second = relay(&given, &kafka);
    reached(&second, position).await;
    story.was_told(&kafka.records().await);
}

/// How many records are in the partition that is away at times.
fn count_there(records: &[Record]) -> usize {
    records.iter().filter(|record| record.partition == 1).count()
}

#[tokio::test]
async fn errors_that_pass_are_not_noticed() {
    let (mut given, kafka, story) =
        (Given::with_own_node(BECAUSE).await, Kafka::faulty().await, Story::default());
    let relay = relay(&given, &kafka);
    for error in [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
    ] {
        kafka.cluster().request_errors(RDKafkaApiKey::Produce, &[error; 3]);
        let position = story.goes_on(&mut given, 3).await;
        reached(&relay, position).await;
    }
    story.was_told(&kafka.records().await);
}

/// What comes after a record that is refused for good must not be written before it.
#[tokio::test]
async fn a_refusal_in_the_middle_leaves_no_gap() {
    let (mut given, kafka, story) =
        (Given::with_own_node(BECAUSE).await, Kafka::faulty().await, Story::default());
    let relay = relay(&given, &kafka);
    let before = story.goes_on(&mut given, 1).await;
    reached(&relay, before).await;
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    // So slow that the next records are on their way when the first are refused.
    for broker in 1..=3 {
        kafka.cluster().broker_round_trip_time(broker, Duration::from_millis(200)).unwrap();
    }
    kafka.cluster().request_errors(RDKafkaApiKey::Produce, &[refused]);
    let position = story.goes_on(&mut given, 20).await;
    reached(&relay, position).await;
    story.was_told(&kafka.records().await);
}
