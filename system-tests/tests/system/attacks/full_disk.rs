//! A disk without room: commands are refused by its name, queries go on, and nothing answered is lost.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use system_tests::{Answer, Citas};

use crate::support::{Given, all, at, booking, head};

/// Far more than the bookings that fit below the limit.
const MOST: i64 = 400;

fn ids(appointments: &[Value]) -> Vec<String> {
    let mut ids: Vec<_> = appointments.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// The problem document of a 503 with this code.
fn unavailable(answer: &Answer, code: &str) -> Value {
    let problem = answer.json();
    assert_eq!((answer.status.as_u16(), problem["code"].as_str()), (503, Some(code)), "{answer:?}");
    problem
}

#[tokio::test]
async fn a_full_disk_refuses_commands_until_it_has_room_and_loses_none() {
    let given = Given::agency(&["7"]).await;
    let wal = fs::metadata(given.citas.data().join("events.db-wal")).unwrap().len();
    given.citas.limit_files(Some(wal + 200_000));

    let mut booked = Vec::new();
    let mut refused = None;
    for number in 0..MOST {
        let body = booking("7", &format!("lead-{number}"), at(3, number * 30));
        let answer =
            given.client.post("/v1/appointments").key(&format!("key-{number}")).body(&body).answer().await;
        if !answer.status.is_success() {
            refused = Some((number, answer, body));
            break;
        }
        booked.push(answer.json()["appointment_id"].as_str().unwrap().to_owned());
    }
    let (number, answer, body) = refused.expect("the disk is full at some time");
    let problem = unavailable(&answer, "storage_full");
    assert!(problem["detail"].as_str().unwrap().contains("nothing was done"), "{problem}");
    let unready = unavailable(&given.client.get("/readyz").answer().await, "not_ready");
    let detail = "the disk of the event store is full: free space on it, or raise the quota or the limit on the size of files";
    assert_eq!(unready["not_ready"], json!([{"name": "storage", "detail": detail}]));
    assert_eq!(given.client.get("/livez").answer().await.status, 200);
    given.client.get(&format!("/v1/appointments/{}", booked[0])).ok().await;

    given.citas.limit_files(None);
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let ready = async {
        while given.client.get("/readyz").answer().await.status != 200 {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), ready).await.expect("it is ready without a command");
    let again = given.client.post("/v1/appointments").key(&format!("key-{number}")).body(&body).ok().await;
    booked.push(again["appointment_id"].as_str().unwrap().to_owned());

    let given = given.restarted(Citas::kill).await;
    let position = head(&given.client).await;
    booked.sort();
    assert_eq!(ids(&all(&given.client, "/v1/appointments", &position).await), booked);
}
