//! An upgrade by which a zone has other rules than when an appointment in it was agreed on.

use availability::zone;
use chrono::{DateTime, TimeDelta, Utc};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::event::AppointmentBooked;
use schemas::{AgentEvent, AppointmentId, EventId};
use serde_json::{Value, json};
use system_tests::{Client, Launch, now};
use uuid::Uuid;

use crate::support::{Given, VISIT, at, instant, text};

/// The number of an appointment.
fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// Appends bookings of these instants, at which clocks were to show an hour more, while the program is stopped.
async fn append_agreed(data: &std::path::Path, starts: &[DateTime<Utc>]) {
    let node = Node::start(NodeConfig::new(data)).await.unwrap();
    let store = EventStore::new(&node.connection_string()).unwrap();
    for (number, start) in (1..).zip(starts) {
        let booked = AppointmentBooked {
            appointment_type: VISIT.parse().unwrap(),
            lead_id: number.to_string().parse().unwrap(),
            local_start: zone::local(fixtures::ZONE, *start) + TimeDelta::hours(1),
            ..fixtures::booked(AppointmentId::new(id(number)), &"7".parse().unwrap(), *start, 30)
        };
        let booked = AgentEvent::from(booked);
        let event = NewEvent {
            event_id: EventId::new(id(number)),
            event_type: booked.event_type(),
            payload: booked.payload(),
            metadata: fixtures::metadata(id(number), now()),
        };
        let revision = store.stream_revision("agent-7").await.unwrap().unwrap();
        store.append("agent-7", ExpectedRevision::Exact(revision), &[event]).await.unwrap();
    }
    drop(store);
    node.shutdown().await;
}

/// The conflicts of agent 7, once everything up to `position` is in them.
async fn conflicts(client: &Client, position: &Value) -> Vec<Value> {
    let listed = client.get(&format!("/v1/conflicts?agent_id=7&min_position={position}")).ok().await;
    listed["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_was_agreed_under_other_rules_is_listed_until_somebody_decides_what_it_keeps() {
    let Given { citas, folder: _folder, .. } = Given::agency(&["7"]).await;
    let data = citas.data().to_owned();
    citas.stop().await;
    let starts = [at(3, 15 * 60), at(4, 15 * 60)];
    append_agreed(&data, &starts).await;

    let citas = Launch::new(data).ready().await;
    let client = citas.client();
    let listed = conflicts(&client, &json!(0)).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
    for (number, (conflict, start)) in (1..).zip(listed.iter().zip(starts)) {
        assert_eq!(conflict["appointment_id"], id(number).to_string());
        let [finding] = &conflict["findings"].as_array().unwrap()[..] else { panic!("{conflict}") };
        let (reason, cause) = (&finding["reason"], &finding["cause"]);
        assert_eq!((reason, &cause["kind"]), (&json!("zone_rules"), &json!("zone_rules")));
        assert_eq!(cause["time_zone"], fixtures::ZONE.name());
        let agreed = zone::local(fixtures::ZONE, start) + TimeDelta::hours(1);
        assert_eq!(cause["local_start"], agreed.format("%Y-%m-%dT%H:%M:%S").to_string());
        assert_eq!(instant(&cause["interval"]["start"]), start + TimeDelta::hours(1));
    }
    let range = format!("from={}&to={}", text(at(3, 0)), text(at(5, 0)));
    let calendar = client.get(&format!("/v1/agents/7/calendar?{range}")).ok().await;
    assert_eq!(calendar["conflicts"].as_array().unwrap().len(), 2, "{calendar}");

    let keep = async |number: u128, keep: &str| {
        let path = format!("/v1/conflicts/{}/settle", id(number));
        client.post(&path).body(&json!({"keep": keep})).ok().await
    };
    let moved = keep(1, "wall_time").await;
    assert_eq!(instant(&moved["start"]), starts[0] + TimeDelta::hours(1));
    let stays = keep(2, "instant").await;
    assert_eq!(instant(&stays["start"]), starts[1]);
    assert_eq!(conflicts(&client, &stays["position"]).await, [] as [Value; 0]);
    let row = client.get(&format!("/v1/appointments/{}", id(2))).ok().await;
    let shown = zone::local(fixtures::ZONE, starts[1]).format("%Y-%m-%dT%H:%M:%S").to_string();
    assert_eq!(row["local_start"], shown);

    let history = client.get(&format!("/v1/appointments/{}/history", id(1))).ok().await;
    let told = history["items"].as_array().unwrap().iter();
    let releases: Vec<_> = told.map(|entry| entry["metadata"]["tzdb_version"].clone()).collect();
    assert_eq!(releases, [json!("2025b"), json!(zone::tzdb_version())]);
    citas.stop().await;
}
