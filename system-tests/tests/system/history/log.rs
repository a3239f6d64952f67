//! The log as it is stored: every event of the agents' streams that is about an appointment, a hold, a reservation, a
//! block or a key, in order.

use std::path::Path;

use chrono::{DateTime, Utc};
use event_node::{Node, NodeConfig};
use event_store::{EventStore, RecordedEvent, StreamFilter};
use serde_json::Value;

use crate::support::instant;

const PAGE: usize = 1_000;

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) position: u64,
    pub(crate) agent: String,
    pub(crate) revision: u64,
    /// The id of the operation that led to it; that of a step of settling is nobody's.
    pub(crate) operation: String,
    /// The command that led to it, made from the idempotency key if there was one.
    pub(crate) command: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) kind: String,
    /// Of the appointment, the hold, the block, or the reservation.
    pub(crate) id: String,
    /// Of what takes an agent's time.
    pub(crate) interval: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The hold that a booking or a move used up.
    pub(crate) hold: Option<String>,
    pub(crate) data: Value,
}

/// Every event in the streams of these agents, read from the store of a program that has ended.
pub(crate) async fn stored(data: &Path, agents: &[&str]) -> Vec<Event> {
    let node = Node::start(NodeConfig::new(data)).await.unwrap();
    let events = read(&node.connection_string()).await;
    node.shutdown().await;
    events.into_iter().filter(|event| agents.contains(&event.agent.as_str())).collect()
}

/// Every event in the streams of all agents, read from a store that runs.
pub(crate) async fn read(connection_string: &str) -> Vec<Event> {
    let store = EventStore::new(connection_string).unwrap();
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let page = store.read_all(after, PAGE, &StreamFilter::prefixes(["agent-"])).await.unwrap();
        after = page.last().map(|last| last.position).or(after);
        events.extend(page.iter().filter_map(Event::of));
        if page.len() < PAGE {
            return events;
        }
    }
}

/// Whether a command comes to such an event: all others are steps of a decision across streams.
pub(crate) fn is_effect(kind: &str) -> bool {
    !["TimeReserved", "ReservationReleased", "ReservationFenced", "AppointmentReceived"].contains(&kind)
}

/// Whether an appointment was put there in spite of a block.
pub(crate) fn passed_over_blocks(event: &Event) -> bool {
    event.data["forced"].as_array().is_some_and(|forced| forced.iter().any(|rule| rule == "blocked"))
}

impl Event {
    /// None if it is about something else.
    fn of(event: &RecordedEvent) -> Option<Self> {
        let data: Value = serde_json::from_slice(&event.payload).unwrap();
        let kind = event.event_type.as_str();
        let (id, hold) = match kind {
            "SlotHeld" | "HoldReleased" => (&data["hold_id"], None),
            "TimeBlocked" | "TimeUnblocked" => (&data["block_id"], None),
            "TimeReserved" | "ReservationReleased" | "ReservationFenced" => (&data["reservation_id"], None),
            "AppointmentHandedOver"
            | "AppointmentReceived"
            | "AppointmentDetailsChanged"
            | "AppointmentReinstated" => (&data["appointment"]["appointment_id"], data["hold_id"].as_str()),
            "CommandHadNoEffect" => (&data["answer"]["appointment_id"], None),
            _ => (&data["appointment_id"], data["hold_id"].as_str()),
        };
        let taken = if kind == "AppointmentReinstated" { &data["appointment"] } else { &data };
        let metadata = event.metadata().unwrap();
        Some(Self {
            position: event.position,
            agent: event.stream.strip_prefix("agent-")?.to_owned(),
            revision: event.revision,
            operation: metadata.correlation_id.to_string(),
            command: metadata.command_id.to_string(),
            recorded_at: metadata.recorded_at,
            kind: kind.to_owned(),
            id: id.as_str()?.to_owned(),
            interval: taken.get("end").map(|end| (instant(&taken["start"]), instant(end))),
            hold: hold.map(str::to_owned),
            data,
        })
    }
}
