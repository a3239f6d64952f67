//! What happens to the topic itself, and to whoever else writes to it.

use projector::relay::TopicNotice;
use reactor::Running;
use uuid::Uuid;

use crate::support::{Given, in_time};

use crate::other_store::Server;

use super::kafka::Kafka;
use super::{Story, is_lost, is_ready, reached, relay, relay_with_notice};

/// Waits until the relay has noticed that records are gone, and then until all of them are written again.
async fn noticed_and_filled_again(relay: &Running, position: u64) {
    let noticed = |relay: &Running| {
        is_lost(relay) && relay.ready().unwrap_err().to_string().contains("the topic has lost records")
    };
    in_time(relay.until(noticed)).await;
    in_time(relay.until(is_ready)).await;
    reached(relay, position).await;
}

#[tokio::test]
async fn a_topic_that_is_made_anew_while_nothing_happens_is_filled_again() {
    let Some(kafka) = Kafka::real("topics that are deleted").await else { return };
    let (mut given, story) = (Given::new().await, Story::default());
    let position = story.goes_on(&mut given, 30).await;
    let relay = relay(&given, &kafka);
    reached(&relay, position).await;
    kafka.delete_topic().await;
    kafka.make_topic().await;
    noticed_and_filled_again(&relay, position).await;
    story.was_told(&kafka.records().await);
}

/// The first record to a partition that is new is where there had been one: it is not committed.
#[tokio::test]
async fn a_topic_that_is_made_anew_under_load_is_filled_again_in_order() {
    let Some(kafka) = Kafka::real("topics that are deleted").await else { return };
    let (mut given, story) = (Given::new().await, Story::default());
    let relay = relay(&given, &kafka);
    for _ in 0..3 {
        let position = story.goes_on(&mut given, 10).await;
        reached(&relay, position).await;
        kafka.delete_topic().await;
        kafka.make_topic().await;
        // At once, long before the topic is compared again.
        let position = story.goes_on(&mut given, 10).await;
        noticed_and_filled_again(&relay, position).await;
        story.was_told(&kafka.records().await);
    }
}

/// The partition that is written to afterwards had no record that could be missing, so that only the others show it.
#[tokio::test]
async fn a_topic_that_was_made_anew_is_missed_by_the_next_record_to_another_partition() {
    let Some(kafka) = Kafka::real("topics that are deleted").await else { return };
    let (mut given, story) = (Given::with_own_node("names its partitions").await, Story::default());
    // Of partitions 2 and 1.
    let [one, other] = [2, 3].map(Uuid::from_u128);
    let ana = given.agent("7");
    let position = story.books(&mut given, one, &ana).await;
    let first = relay(&given, &kafka);
    reached(&first, position).await;
    kafka.delete_topic().await;
    kafka.make_topic().await;
    let position = story.books(&mut given, other, &ana).await;
    reached(&first, position).await;
    // Whether or not it has noticed by itself.
    first.stop().await;
    let second = relay(&given, &kafka);
    reached(&second, position).await;
    in_time(second.until(is_ready)).await;
    story.was_told(&kafka.records().await);
}

#[tokio::test]
async fn a_topic_that_is_deleted_is_missed_while_nothing_happens() {
    let Some(kafka) = Kafka::real("topics that are deleted").await else { return };
    let (mut given, story) = (Given::new().await, Story::default());
    let position = story.goes_on(&mut given, 3).await;
    let relay = relay(&given, &kafka);
    reached(&relay, position).await;
    kafka.delete_topic().await;
    in_time(relay.until(is_lost)).await;
    kafka.make_topic().await;
    in_time(relay.until(is_ready)).await;
    reached(&relay, position).await;
    story.was_told(&kafka.records().await);
}

#[tokio::test]
async fn partitions_that_are_added_are_told_of_and_stay_unused() {
    let Some(kafka) = Kafka::real("partitions that are added").await else { return };
    let (mut given, story) = (Given::new().await, Story::default());
    let position = story.goes_on(&mut given, 3).await;
    let notice = TopicNotice::default();
    let first = relay_with_notice(&given, &kafka, &notice);
    reached(&first, position).await;
    assert_eq!(notice.check(), Ok(()));
    kafka.add_partitions(7).await;
    in_time(async {
        while notice.check().is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let told = notice.check().unwrap_err();
    assert!(told.contains("7 partitions, of which only the first 3 are used"), "{told}");
    let position = story.goes_on(&mut given, 3).await;
    reached(&first, position).await;
    first.stop().await;

    // One that begins then finds the number in the records.
    let notice = TopicNotice::default();
    let second = relay_with_notice(&given, &kafka, &notice);
    let position = story.goes_on(&mut given, 3).await;
    reached(&second, position).await;
    assert!(notice.check().is_err());
    let records = kafka.records().await;
    assert!(records.iter().all(|record| record.partition < 3));
    story.was_told(&records);
}

/// As when a process that hung goes on beside the one that replaced it.
#[tokio::test]
async fn relays_that_both_believe_to_lead_write_each_event_once_and_in_order() {
    let Some(kafka) = Kafka::real("producers that are fenced").await else { return };
    let (mut given, story) = (Given::new().await, Story::default());
    let relays = [relay(&given, &kafka), relay(&given, &kafka)];
    let mut position = 0;
    for _ in 0..20 {
        position = story.goes_on(&mut given, 10).await;
    }
    for relay in &relays {
        reached(relay, position).await;
    }
    story.was_told(&kafka.records().await);
}

/// Whether it runs meanwhile or begins with the topic, and until the topic is made anew, too.
#[tokio::test]
async fn nothing_of_another_store_is_relayed_until_the_topic_is_made_anew() {
    let (mut server, kafka) = (Server::start().await, Kafka::new().await);
    let mut given = server.given();
    let ana = given.agent("7");
    let story = Story::default();
    let [one, other] = [given.new_id(), given.new_id()];
    story.books(&mut given, one, &ana).await;
    let position = story.books(&mut given, other, &ana).await;
    let running = relay(&given, &kafka);
    reached(&running, position).await;
    in_time(running.until(is_ready)).await;
    let empty = server.folder("empty");
    server.exchange(&empty).await;
    let later = Story::default();
    for _ in 0..4 {
        let id = given.new_id();
        later.books(&mut given, id, &ana).await;
    }
    let says_so = |relay: &Running| {
        let said = relay.ready().err().map(|error| error.to_string()).unwrap_or_default();
        said.contains("does not have the log that was read so far") && said.contains("delete the topic")
    };
    in_time(running.until(says_so)).await;
    running.stop().await;
    let began = relay(&given, &kafka);
    in_time(began.until(says_so)).await;
    story.was_told(&kafka.records().await);
}
