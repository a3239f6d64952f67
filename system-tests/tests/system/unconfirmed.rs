//! Appointments that were to be confirmed by now, in a program that starts.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::event::{AppointmentBooked, AppointmentConfirmed};
use schemas::{AgentEvent, AppointmentId, EventId, stream};
use serde_json::json;
use system_tests::{Launch, now};
use uuid::Uuid;

use crate::support::Given;

/// Appends events to an agent's stream, while the program is stopped.
async fn append(data: &Path, agent: &str, events: Vec<AgentEvent>) {
    let node = Node::start(NodeConfig::new(data)).await.unwrap();
    let store = EventStore::new(&node.connection_string()).unwrap();
    let stream = stream::agent(&agent.parse().unwrap());
    let revision = store.stream_revision(&stream).await.unwrap().unwrap();
    let new = (1..).zip(&events).map(|(number, event)| {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number);
        NewEvent {
            event_id: EventId::new(id),
            event_type: event.event_type(),
            payload: event.payload(),
            metadata: fixtures::metadata(id, now()),
        }
    });
    store.append(&stream, ExpectedRevision::Exact(revision), &new.collect::<Vec<_>>()).await.unwrap();
    drop(store);
    node.shutdown().await;
}

#[tokio::test]
async fn what_was_to_be_confirmed_before_the_program_started_is_released_unless_it_was_or_has_started() {
    let Given { citas, folder: _folder, .. } = Given::agency(&["7"]).await;
    let data = citas.data().to_owned();
    citas.stop().await;
    let id = |number: u128| {
        AppointmentId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0001_0000 + number))
    };
    let agent_id = "7".parse().unwrap();
    let to_confirm = |number, start: DateTime<Utc>| AppointmentBooked {
        confirm_by: Some(now() - TimeDelta::hours(1)),
        ..fixtures::booked(id(number), &agent_id, start, 30)
    };
    let [started, confirmed, due] = [1, 2, 3];
    let events = vec![
        to_confirm(started, now() - TimeDelta::minutes(10)).into(),
        to_confirm(confirmed, now() + TimeDelta::hours(20)).into(),
        AppointmentConfirmed { appointment_id: id(confirmed) }.into(),
        to_confirm(due, now() + TimeDelta::hours(22)).into(),
    ];
    append(&data, "7", events).await;

    let citas = Launch::new(data).ready().await;
    let client = citas.client();
    let shown = async |number| client.get(&format!("/v1/appointments/{}", id(number))).ok().await;
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let released = async {
        loop {
            let row = shown(due).await;
            if row["status"] == "cancelled" {
                return row;
            }
            ticks.tick().await;
        }
    };
    let released =
        tokio::time::timeout(Duration::from_mins(1), released).await.expect("it is released in time");
    assert_eq!(
        (&released["cancellation_cause"], &released["confirm_by"]),
        (&json!("released"), &json!(null))
    );
    let history = client.get(&format!("/v1/appointments/{}/history", id(due))).ok().await;
    let last = &history["items"][1];
    assert_eq!((&last["event_type"], &last["origin"]), (&json!("AppointmentReleased"), &json!("system")));
    // They are due earlier, or as early, and were looked at before.
    assert_eq!(shown(started).await["status"], "scheduled");
    assert_eq!(shown(confirmed).await["status"], "confirmed");
    assert_eq!(citas.stop().await.code, Some(0));
}
