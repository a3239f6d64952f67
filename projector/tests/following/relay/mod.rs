//! The relay against Kafka's protocol: every public event once, in order for each agent, whatever fails.

mod going_on;
pub(crate) mod kafka;
mod outages;
mod publishing;
mod topic;

use std::collections::BTreeMap;
use std::sync::Mutex;

use projector::relay::{TopicNotice, spawn};
use reactor::{NotReady, Running};
use schemas::event::{AppointmentBooked, AppointmentCancelled, AppointmentConfirmed};
use schemas::value::LeadContact;
use schemas::{Actor, ActorKind, AgentEvent, AgentId, AppointmentId, LeadId, Personal};
use uuid::Uuid;

use crate::support::{Given, TIMEOUT, now, registered, renamed};

use crate::broker::Record;

use kafka::{Kafka, ids_by_agent};

/// Agents of every partition, in a store of the test's own: "7" is of partition 2, "1" of 1, "3" of 0.
const AGENTS: [&str; 6] = ["1", "2", "3", "4", "5", "7"];

/// The public events that were appended, to be compared with those relayed.
#[derive(Default)]
struct Story {
    given: Mutex<BTreeMap<AgentId, Vec<Uuid>>>,
}

impl Story {
    /// Appends plausible events, public ones and others, and returns the last position.
    async fn goes_on(&self, given: &mut Given, rounds: usize) -> u64 {
        let mut position = 0;
        for round in 0..rounds {
            for agent_id in AGENTS.map(|name| given.agent(name)) {
                let mut events = Vec::new();
                if !self.given.lock().unwrap().contains_key(&agent_id) {
                    events.push(given.encoded(registered(&agent_id, "Ana")));
                } else if round % 3 == 0 {
                    events.push(given.encoded(renamed(&agent_id, &format!("Ana {round}"))));
                }
                for event in appointment(given.new_id(), &agent_id) {
                    let told = given.encoded(event);
                    let mut story = self.given.lock().unwrap();
                    story.entry(agent_id.clone()).or_default().push(told.event_id.uuid());
                    events.push(told);
                }
                position = given.append_stored(&agent_id, &events).await;
            }
        }
        position
    }

    /// Books an appointment with this agent, and returns the position.
    async fn books(&self, given: &mut Given, agent_id: &AgentId) -> u64 {
        let id = given.new_id();
        let event = given.encoded(booked(id, agent_id));
        self.given.lock().unwrap().entry(agent_id.clone()).or_default().push(event.event_id.uuid());
        given.append_stored(agent_id, &[event]).await
    }

    /// Asserts that everything was relayed once and in order, whatever was relayed of other agents.
    fn was_told(&self, records: &[Record]) {
        let (given, mut told) = (self.given.lock().unwrap(), ids_by_agent(records));
        told.retain(|agent_id, _| given.contains_key(agent_id));
        assert_eq!(told, *given);
    }
}

/// The three public events of one appointment.
fn appointment(id: Uuid, agent_id: &AgentId) -> [AgentEvent; 3] {
    let appointment_id = AppointmentId::new(id);
    let cancelled_by = Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() };
    [
        booked(id, agent_id).into(),
        AppointmentConfirmed { appointment_id }.into(),
        AppointmentCancelled { appointment_id, cancelled_by, reason: None }.into(),
    ]
}

fn relay(given: &Given, kafka: &Kafka) -> Running {
    relay_with_notice(given, kafka, &TopicNotice::default())
}

fn relay_with_notice(given: &Given, kafka: &Kafka, notice: &TopicNotice) -> Running {
    spawn(&given.store, kafka.settings.clone(), notice.clone(), now)
}

async fn reached(relay: &Running, position: u64) {
    let reached = tokio::time::timeout(TIMEOUT, relay.reached(position)).await;
    assert_eq!(reached, Ok(true), "{:?}", relay.ready());
}

fn is_lost(relay: &Running) -> bool {
    matches!(relay.ready(), Err(NotReady::Lost { .. }))
}

fn is_ready(relay: &Running) -> bool {
    relay.ready().is_ok()
}

pub(crate) fn booked(id: Uuid, agent_id: &AgentId) -> AppointmentBooked {
    let start = now() + chrono::TimeDelta::days(1);
    let lead_id: LeadId = "5001".parse().unwrap();
    let personal = |text: &str| Some(Personal::new(lead_id.clone(), text.to_owned()));
    let contact = LeadContact { name: Some("Joaquín Muñoz".to_owned()), ..LeadContact::default() };
    AppointmentBooked {
        lead_id: lead_id.clone(),
        location: personal("Casa de Joaquín, Ñuñoa"),
        notes: personal("Viene con su madre"),
        lead_contact: Some(Personal::new(lead_id.clone(), contact)),
        ..fixtures::booked(AppointmentId::new(id), agent_id, start, 45)
    }
}
