//! The log as the interface tells of it: every event of every appointment, in order.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use chrono::{DateTime, Utc};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, RecordedEvent};
use futures::{StreamExt as _, stream};
use serde_json::Value;
use system_tests::Client;

use crate::support::{all, head, instant};

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) position: u64,
    pub(crate) agent: String,
    pub(crate) revision: u64,
    /// The version of the appointment after it.
    pub(crate) version: u64,
    /// The id of the operation that led to it; that of a settled handover is nobody's.
    pub(crate) operation: String,
    pub(crate) kind: String,
    /// Of the appointment, or of the hold.
    pub(crate) id: String,
    /// Of what takes an agent's time: bookings, reschedules and holds.
    pub(crate) interval: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The hold that a booking or reschedule used up.
    pub(crate) hold: Option<String>,
}

/// Every event of every appointment there is.
pub(crate) async fn read(client: &Client) -> Vec<Event> {
    let listed = all(client, "/v1/appointments?sort=created_at", &head(client).await).await;
    let ids: BTreeSet<String> = listed.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), listed.len(), "an appointment is listed twice");
    let histories = stream::iter(ids).map(|id| async move { history(client, &id).await });
    let histories: Vec<Vec<Event>> = histories.buffer_unordered(8).collect().await;
    let mut events: Vec<Event> = histories.into_iter().flatten().collect();
    events.sort_by_key(|event| event.position);
    events
}

/// Every event of one appointment.
pub(crate) async fn history(client: &Client, appointment: &str) -> Vec<Event> {
    let answer = client.get(&format!("/v1/appointments/{appointment}/history")).ok().await;
    assert_eq!(answer["next_cursor"], Value::Null);
    let mut events: Vec<Event> =
        answer["items"].as_array().unwrap().iter().map(|entry| Event::of(entry, appointment)).collect();
    // While it is handed over, both agents have it, each with a version of their own.
    let mut versions: HashMap<String, u64> = HashMap::new();
    for event in &mut events {
        let version = versions.entry(event.agent.clone()).or_default();
        *version = if event.version > 0 { event.version } else { *version + 1 };
        event.version = *version;
    }
    events
}

/// Every event of appointments and holds in the streams of these agents, read from the store of a program that has ended.
pub(crate) async fn stored(data: &Path, agents: &[&str]) -> Vec<Event> {
    let node = Node::start(NodeConfig::new(data)).await.unwrap();
    let store = EventStore::new(&node.connection_string()).unwrap();
    let mut events = Vec::new();
    for agent in agents {
        let stream = store.load(&format!("agent-{agent}"), None).await.unwrap();
        events.extend(stream.iter().filter_map(|event| Event::stored(event, agent)));
    }
    drop(store);
    node.shutdown().await;
    events
}

impl Event {
    /// None if it is about something else.
    fn stored(event: &RecordedEvent, agent: &str) -> Option<Self> {
        let data: Value = serde_json::from_slice(&event.payload).unwrap();
        let is_of_hold = ["SlotHeld", "HoldReleased"].contains(&&*event.event_type);
        let id = if is_of_hold { &data["hold_id"] } else { &data["appointment_id"] };
        Some(Self {
            position: event.position,
            agent: agent.to_owned(),
            revision: event.revision,
            version: data["version"].as_u64().unwrap_or(if event.event_type == "SlotHeld" { 1 } else { 2 }),
            operation: event.metadata().unwrap().correlation_id.to_string(),
            kind: event.event_type.clone(),
            id: id.as_str()?.to_owned(),
            interval: data.get("end").map(|end| (instant(&data["start"]), instant(end))),
            hold: data["hold_id"].as_str().filter(|_| !is_of_hold).map(str::to_owned),
        })
    }

    fn of(entry: &Value, appointment: &str) -> Self {
        let member = |name: &str| entry[name].as_str().unwrap().to_owned();
        let data = &entry["data"];
        assert_eq!(data["appointment_id"], appointment);
        Self {
            position: entry["position"].as_u64().unwrap(),
            agent: member("stream").strip_prefix("agent-").unwrap().to_owned(),
            revision: entry["revision"].as_u64().unwrap(),
            version: data["version"].as_u64().unwrap_or(0),
            operation: member("correlation_id"),
            kind: member("event_type"),
            id: appointment.to_owned(),
            interval: data.get("end").map(|end| (instant(&data["start"]), instant(end))),
            hold: data["hold_id"].as_str().map(str::to_owned),
        }
    }
}
