use std::time::Instant;

use futures::future::join_all;
use serde_json::json;
use system_tests::{Client, EventNode, Request, Service};

use super::super::support::address_of_its_own;
use crate::support::{at, book, booking, set_up, text};

/// Every kind of command that needs the store, on an appointment and a hold that the process may know or not.
fn commands(client: &Client, appointment: &str, hold: &str) -> Vec<Request> {
    let of = |name: &str| client.post(&format!("/v1/appointments/{appointment}/{name}"));
    let reserved =
        json!({"agent_id": "7", "appointment_type": "visit", "start": text(at(5, 0)), "lead_id": "9"});
    let any = json!({"lead_id": "9", "appointment_type": "visit", "start": text(at(6, 0))});
    vec![
        of("confirm"),
        of("cancel").body(&json!({})),
        of("reschedule").body(&json!({"start": text(at(4, 30))})),
        of("reassign").body(&json!({"agent_id": "8"})),
        of("complete"),
        of("no-show"),
        client.post("/v1/holds").body(&reserved),
        client.delete(&format!("/v1/holds/{hold}")),
        client.post("/v1/appointments").body(&booking("7", "9", at(5, 60))),
        client.post("/v1/appointments").body(&any),
        client.post("/v1/appointments").key("any").body(&any),
        client.put("/v1/agents/7").body(&json!({"name": "Ana", "time_zone": "UTC"})),
        client.put("/v1/office").body(&json!({"name": "Casa"})),
    ]
}

#[tokio::test]
async fn every_command_is_told_that_the_store_is_away_and_the_log_once_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
    let url = format!("esdb://{}?tls=false&discoveryInterval=1", node.address());
    let knowing = Service::command_api(&url).ready().await;
    let client = knowing.client();
    set_up(&client, &["7", "8"]).await;
    let appointment = book(&client, "7", "1", at(3, 0)).await;
    let hold = json!({"agent_id": "8", "appointment_type": "visit", "start": text(at(3, 0)), "lead_id": "2"});
    let hold = client.post("/v1/holds").body(&hold).ok().await;
    let hold = hold["hold_id"].as_str().unwrap();
    node.kill().await;
    knowing.until_unready_with("event_store").await;
    // One that has never reached the store knows none of them.
    let new = Service::command_api(&url).listening().await;
    new.until_unready_with("event_store").await;

    for (service, rounds) in [(&knowing, 10), (&new, 1)] {
        let (begun, before) = (Instant::now(), troubles(&service.logs()));
        for _ in 0..rounds {
            let commands = commands(&service.client(), &appointment, hold);
            for answer in join_all(commands.into_iter().map(Request::answer)).await {
                let code = answer.json()["code"].clone();
                assert_eq!((answer.status.as_u16(), code), (503, json!("store_unavailable")), "{answer:?}");
            }
        }
        let lines = troubles(&service.logs()) - before;
        let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
        assert!(lines <= seconds + 2, "{lines} lines in {seconds} s: {}", service.logs());
    }
}

/// The lines about commands; those of the reactors are written once for each interruption.
fn troubles(logs: &str) -> usize {
    let troubles = logs.lines().filter(|line| line.contains("ERROR") || line.contains("WARN"));
    troubles.filter(|line| !line.contains("reactor")).count()
}
