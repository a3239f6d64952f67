//! The service as a process with an intake: its readiness and metrics, and what becomes of commands when it is
//! killed.

use std::process::Stdio;

use chrono::{DateTime, TimeDelta, Utc};
use operation::Clock;

use super::support::{Given, Sent, in_time};
use crate::broker::PARTITIONS;
use crate::process::Process;
use crate::support::TIMEOUT;

fn start(given: &Given) -> Process {
    let settings = &given.settings;
    Process::start(
        &given.store.connection_string(),
        &[
            ("CITAS_KAFKA", given.broker.brokers.as_str()),
            ("CITAS_KAFKA_COMMANDS", settings.commands.as_str()),
            ("CITAS_KAFKA_REPLIES", settings.replies.as_str()),
            ("CITAS_KAFKA_DEAD_LETTERS", settings.dead_letters.as_str()),
            ("CITAS_KAFKA_GROUP", settings.group.as_str()),
        ],
    )
}

/// A full hour of tomorrow: the process has a clock of its own, the machine's.
fn tomorrow() -> DateTime<Utc> {
    let now = Clock::system().now();
    DateTime::from_timestamp(now.timestamp() / 3600 * 3600, 0).unwrap() + TimeDelta::days(1)
}

async fn book(given: &Given, slots: std::ops::Range<usize>) {
    let first = tomorrow();
    for number in slots {
        let agent = ["a", "b"][number % 2];
        let (key, id) = (format!("key {}", number % 8), format!("slot {number}"));
        let payload =
            given.store.booking(Some(agent), first + TimeDelta::hours(i64::try_from(number).unwrap()));
        given.send(&key, &Sent { name: "BookAppointment", id: &id, payload }).await;
    }
}

/// Killed in the middle of its work: the next process does what was not done, and recognises what was.
#[actix_web::test]
async fn a_process_that_is_killed_loses_nothing_and_nothing_is_decided_twice() {
    let given = Given::new().await;
    for round in 0..2 {
        let begun = round * 150;
        let process = start(&given);
        let kill = async {
            given.replies(begun + 40).await;
            drop(process);
        };
        // Commands keep coming before and after it is killed.
        futures::future::join(book(&given, begun..begun + 150), kill).await;
    }
    let process = start(&given);
    let replies = given.replies(300).await;
    replies.agree();
    assert!(replies.0.iter().all(|reply| reply.headers["ce_status"] == "201"));
    let booked = given.bookings("a").await.len() + given.bookings("b").await.len();
    assert_eq!((booked, replies.by_command().len()), (300, 300));
    assert!(given.dead_letters().await.is_empty());
    process.terminate();
    assert_eq!(process.ended(), Some(0));
}

/// A command that was decided and not answered is answered by the next process: its offset is not committed before
/// its reply is acknowledged, whatever other offsets are.
#[actix_web::test]
async fn a_reply_that_is_held_back_when_its_process_is_killed_is_given_by_the_next() {
    let given = Given::faulty().await;
    given.keep_last_partition_apart();
    let process = start(&given);
    let keys =
        given.keys(|number| given.store.booking(Some("b"), tomorrow() + TimeDelta::hours(number))).await;
    let (held, (other_partition, other)) = (&keys[&(PARTITIONS - 1)], keys.first_key_value().unwrap());
    given.broker.cluster().broker_down(PARTITIONS).unwrap();
    let book = async |key: &str, id: &str, agent: &str, day: i64| {
        let payload = given.store.booking(Some(agent), tomorrow() + TimeDelta::days(day));
        given.send(key, &Sent { name: "BookAppointment", id, payload }).await;
    };
    book(held, "held", "a", 1).await;
    in_time(async { while given.bookings("a").await.is_empty() {} }).await;
    // Once a later command is committed, this one could have been.
    book(other, "other", "b", 10).await;
    given.until_committed(*other_partition).await;
    drop(process);

    given.broker.cluster().broker_up(PARTITIONS).unwrap();
    let process = start(&given);
    book(held, "later", "a", 2).await;
    let replies = given.replies_with("later").await;
    // In their order, as they are of one key.
    let held =
        replies.by_command().remove("held").expect("it was committed before its reply was acknowledged");
    assert!(held.iter().all(|reply| reply.headers["ce_status"] == "201"), "{held:?}");
    replies.agree();
    assert_eq!(given.bookings("a").await.len(), 2, "each once");
    drop(process);
}

/// Offsets of commands that are still being retried are not committed, however long that takes.
#[actix_web::test]
async fn commands_that_wait_for_the_store_in_a_process_that_is_killed_are_done_by_the_next() {
    let mut given = Given::with_own_node("stops it").await;
    let process = start(&given);
    process.until("/readyz", |reply| reply.status == 200 && !reply.lacks("intake")).await;
    given.store.node().stop().await;
    book(&given, 0..20).await;
    // Six retries of each of eight keys, which takes longer than the commit interval.
    let tried = |metrics: &str| {
        let counted = metrics.lines().find_map(|line| line.strip_prefix("intake_retries_total "));
        counted.is_some_and(|counted| counted.parse::<u32>().unwrap() >= 8 * 6)
    };
    process.until("/metrics", |reply| tried(&reply.body)).await;
    drop(process);
    given.store.node().start_again().await;
    let process = start(&given);
    let replies = given.replies(20).await;
    replies.agree();
    assert!(replies.0.iter().all(|reply| reply.headers["ce_status"] == "201"));
    assert_eq!(given.bookings("a").await.len() + given.bookings("b").await.len(), 20);
    drop(process);
}

#[actix_web::test]
async fn readiness_names_the_intake_and_requests_are_served_without_it() {
    let given = Given::faulty().await;
    let process = start(&given);
    let ready = process.until("/readyz", |reply| reply.status == 200 && !reply.lacks("intake")).await;
    assert!(ready.body.contains("intake"), "{ready:?}");
    book(&given, 0..1).await;
    given.send_raw("x", &[], b"").await;
    given.replies(1).await;
    let metrics = process.until("/metrics", |reply| reply.body.contains("intake_dead_letters_total 1")).await;
    for line in ["intake_commands_total{outcome=\"succeeded\"} 1", "intake_lag "] {
        assert!(metrics.body.contains(line), "{line} in {}", metrics.body);
    }

    given.broker.all_down();
    let told = process.until("/readyz", |reply| reply.body.contains("waiting for Kafka")).await;
    assert_eq!((told.status, told.lacks("intake")), (200, true), "{told:?}");
    let by_http = process
        .send(
            "POST",
            "/v1/appointments",
            &given.store.name("http"),
            &given.store.booking(Some("b"), tomorrow()),
        )
        .await;
    assert_eq!(by_http.status, 201, "{by_http:?}");
    given.broker.all_up();
    process.until("/readyz", |reply| !reply.lacks("intake")).await;
}

#[cfg(not(feature = "kafka-tls"))]
#[tokio::test]
async fn encryption_that_was_left_out_of_the_program_is_refused_at_the_start() {
    let mut refused = tokio::process::Command::new(env!("CARGO_BIN_EXE_command-api"));
    refused.env_clear().stderr(Stdio::piped()).kill_on_drop(true).args([
        "--event-store=esdb://localhost:1?tls=false",
        "--admin-token=a-token-of-enough-characters",
        "--slot-ref-key=a-key-of-enough-characters",
        "--kafka=localhost:1",
        "--kafka-security=ssl",
    ]);
    let refused = tokio::time::timeout(TIMEOUT, refused.output()).await.expect("it ends").unwrap();
    let logs = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(logs.contains("--features kafka-tls"), "{logs}");
}
