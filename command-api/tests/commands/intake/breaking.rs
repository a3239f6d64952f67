use command_api::intake::{Intake, IntakeNotReady};

use super::support::{Given, Sent, in_time};
use crate::broker::PARTITIONS;
use crate::support::{BOOK, hour, send, server};

/// Sends bookings of these slots, under four keys, of two agents.
async fn book(given: &Given, slots: std::ops::RangeInclusive<i64>) {
    for slot in slots {
        let agent = ["a", "b"][usize::try_from(slot % 2).unwrap()];
        let payload = given.store.booking(Some(agent), hour(slot));
        let (key, id) = (format!("key {}", slot % 4), format!("slot {slot}"));
        given.send(&key, &Sent { name: "BookAppointment", id: &id, payload }).await;
    }
}

/// Each of so many slots was booked once, and every reply says so.
async fn all_booked(given: &Given, slots: usize) {
    let replies = given.replies(slots).await;
    replies.agree();
    let statuses: Vec<&str> = replies.0.iter().map(|reply| reply.headers["ce_status"].as_str()).collect();
    assert!(statuses.iter().all(|status| *status == "201"), "{statuses:?}");
    let booked = given.bookings("a").await.len() + given.bookings("b").await.len();
    assert_eq!((booked, replies.by_command().len()), (slots, slots));
    assert!(given.dead_letters().await.is_empty());
}

#[actix_web::test]
async fn an_intake_that_is_stopped_and_started_again_and_again_loses_nothing() {
    let given = Given::new().await;
    for round in 0..3 {
        let begun = usize::try_from(round * 60).unwrap();
        book(&given, round * 60 + 1..=round * 60 + 60).await;
        let intake = given.intake().await;
        // Some of the commands are done, and some are not.
        given.replies(begun + 1).await;
        intake.stop().await;
    }
    let intake = given.intake().await;
    all_booked(&given, 180).await;
    intake.stop().await;
}

#[actix_web::test]
async fn what_was_done_before_a_stop_is_not_done_again() {
    let given = Given::new().await;
    book(&given, 1..=40).await;
    let intake = given.intake().await;
    all_booked(&given, 40).await;
    intake.stop().await;
    let intake = given.intake().await;
    book(&given, 41..=41).await;
    all_booked(&given, 41).await;
    assert_eq!(given.replies(41).await.0.len(), 41, "its offsets were committed when it was stopped");
    intake.stop().await;
}

#[actix_web::test]
async fn a_store_that_is_away_for_a_while_is_waited_for() {
    let mut given = Given::with_own_node("stops it").await;
    let intake = given.intake().await;
    book(&given, 1..=10).await;
    all_booked(&given, 10).await;
    given.store.node().stop().await;
    book(&given, 11..=60).await;
    let away = given.api.clone();
    super::support::until(|| away.connected().is_err()).await;
    assert!(intake.readiness().ready().is_ok(), "it is the store that is not ready");
    assert_eq!(given.replies(10).await.0.len(), 10, "what may pass is no reply");
    given.store.node().start_again().await;
    all_booked(&given, 60).await;
    intake.stop().await;
}

#[actix_web::test]
async fn brokers_that_are_away_for_a_while_hold_up_nothing_else() {
    let given = Given::faulty().await;
    let intake = given.intake().await;
    book(&given, 1..=10).await;
    all_booked(&given, 10).await;
    given.broker.all_down();
    in_time(intake.readiness().until(|ready| matches!(ready, Err(IntakeNotReady::Lost(_))))).await;
    let by_http = send(
        &server(&given.store, &given.api).await,
        BOOK,
        "http",
        given.store.booking(Some("a"), hour(400)),
    )
    .await;
    assert_eq!(by_http.status, 201);

    given.broker.all_up();
    in_time(intake.readiness().until(Result::is_ok)).await;
    book(&given, 11..=20).await;
    let replies = given.replies(20).await;
    replies.agree();
    assert_eq!(given.bookings("a").await.len() + given.bookings("b").await.len(), 21);
    intake.stop().await;
}

#[actix_web::test]
async fn a_reply_that_no_broker_takes_is_told_of_and_given_when_one_does() {
    let given = Given::faulty().await;
    given.keep_last_partition_apart();
    let intake = given.intake().await;
    let keys = given.keys(|number| given.store.booking(Some("b"), hour(1 + number))).await;
    given.broker.cluster().broker_down(PARTITIONS).unwrap();
    let payload = given.store.booking(Some("a"), hour(1));
    given.send(&keys[&(PARTITIONS - 1)], &Sent { name: "BookAppointment", id: "held", payload }).await;
    in_time(intake.readiness().until(|ready| *ready == Err(IntakeNotReady::Unacknowledged(1)))).await;
    assert_eq!(given.bookings("a").await.len(), 1);

    given.broker.cluster().broker_up(PARTITIONS).unwrap();
    let replies = given.replies_with("held").await;
    replies.agree();
    assert_eq!(replies.by_command()["held"][0].headers["ce_status"], "201");
    in_time(intake.readiness().until(Result::is_ok)).await;
    intake.stop().await;
    assert_eq!(given.bookings("a").await.len(), 1);
}

/// Commands under way when an intake is stopped are finished and committed, and not processed again.
#[actix_web::test]
async fn what_is_being_answered_at_a_stop_is_not_done_again() {
    let given = Given::faulty().await;
    given.keep_last_partition_apart();
    let intake = given.intake().await;
    let keys = given.keys(|number| given.store.booking(Some("b"), hour(1 + number))).await;
    let send = async |id: &str, slot: i64| {
        let payload = given.store.booking(Some("a"), hour(slot));
        given.send(&keys[&(PARTITIONS - 1)], &Sent { name: "BookAppointment", id, payload }).await;
    };
    given.broker.cluster().broker_down(PARTITIONS).unwrap();
    send("held", 1).await;
    in_time(intake.readiness().until(|ready| *ready == Err(IntakeNotReady::Unacknowledged(1)))).await;
    let mut stopping = Box::pin(intake.stop());
    assert!(futures::poll!(&mut stopping).is_pending(), "one is under way");
    given.broker.cluster().broker_up(PARTITIONS).unwrap();
    in_time(stopping).await;

    let intake = given.intake().await;
    send("later", 2).await;
    let replies = given.replies_with("later").await;
    assert_eq!(replies.by_command()["held"].len(), 1, "it was answered, and not committed");
    intake.stop().await;
}

#[actix_web::test]
async fn an_intake_can_be_stopped_while_the_brokers_are_away() {
    let given = Given::faulty().await;
    let intake = given.intake().await;
    given.broker.all_down();
    in_time(intake.readiness().until(Result::is_err)).await;
    in_time(intake.stop()).await;
}

#[actix_web::test]
async fn a_topic_that_is_not_there_is_named_and_waited_for() {
    let mut given = Given::faulty().await;
    given.settings.replies = "replies.of.another".to_owned();
    let intake = Intake::start(&given.api, given.settings.clone()).unwrap();
    in_time(intake.readiness().until(|ready| matches!(ready, Err(IntakeNotReady::Lost(_))))).await;
    let told = intake.readiness().ready().unwrap_err().to_string();
    assert!(told.contains("no topic replies.of.another; make it first"), "{told}");
    given.broker.make_topic("replies.of.another").await;
    in_time(intake.readiness().until(Result::is_ok)).await;
    book(&given, 1..=4).await;
    all_booked(&given, 4).await;
    intake.stop().await;
}
