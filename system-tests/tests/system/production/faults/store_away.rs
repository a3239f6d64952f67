use std::time::Instant;

use futures::future::join_all;
use serde_json::json;
use system_tests::{Client, EventNode, Request, RunningService, Service};

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
        of("reinstate"),
        client.post(&format!("/v1/conflicts/{appointment}/settle")).body(&json!({"keep": "instant"})),
        client.put(&format!("/v1/appointments/{appointment}/outcome")).body(&json!({"outcome": "completed"})),
        client.patch(&format!("/v1/appointments/{appointment}")).body(&json!({"notes": "x"})),
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
async fn every_command_is_told_that_the_store_is_away_and_the_log_when_it_begins_and_when_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
    let address = node.address();
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
        let begun = Instant::now();
        for _ in 0..rounds {
            let commands = commands(&service.client(), &appointment, hold);
            for answer in join_all(commands.into_iter().map(Request::answer)).await {
                let code = answer.json()["code"].clone();
                assert_eq!((answer.status.as_u16(), code), (503, json!("store_unavailable")), "{answer:?}");
            }
        }
        let told = lines(service, "ERROR");
        let minutes = usize::try_from(begun.elapsed().as_secs() / 60).unwrap();
        assert!((1..=minutes + 2).contains(&told), "{told} lines in {minutes} min: {}", service.logs());
        assert_eq!(lines(service, OVER), 0);
    }
    let _node = EventNode::start_at(folder.path().join("data"), &address).await;
    for service in [&knowing, &new] {
        service.until_ready().await;
        set_up(&service.client(), &["7"]).await;
        assert_eq!(lines(service, OVER), 1, "{}", service.logs());
    }
}

const OVER: &str = "the event store can be used again";

/// How many lines of the log have this in them.
fn lines(service: &RunningService, part: &str) -> usize {
    service.logs().lines().filter(|line| line.contains(part)).count()
}
