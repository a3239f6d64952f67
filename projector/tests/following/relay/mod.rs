//! The relay against Kafka's protocol: every public event once, in order for each appointment, whatever fails.

mod going_on;
pub(crate) mod kafka;
mod outages;
mod publishing;
mod topic;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use projector::relay::{TopicNotice, spawn};
use reactor::{NotReady, Running};
use schemas::event::{
    AppointmentBooked, AppointmentCancelled, AppointmentConfirmed, AppointmentHandedOver, AppointmentReceived,
};
use schemas::value::{AppointmentReceipt, AppointmentSnapshot, AppointmentTerms, LeadContact};
use schemas::{
    Actor, ActorKind, AgentEvent, AgentId, AppointmentId, CommandId, LeadId, Personal, ReservationId, stream,
};
use uuid::Uuid;

use crate::support::{Given, TIMEOUT, now, registered, renamed};

use crate::broker::Record;

use kafka::Kafka;

/// The agents of a story, each of whom hands appointments over to the next.
const AGENTS: [&str; 6] = ["1", "2", "3", "4", "5", "7"];

/// The public events that were appended, to be compared with those relayed: by appointment, with the stream of each.
#[derive(Default)]
struct Story {
    given: Mutex<BTreeMap<AppointmentId, Vec<(String, Uuid)>>>,
    began: AtomicBool,
}

impl Story {
    /// Appends plausible events, public ones and others, and returns the last position. Each agent has three public ones
    /// in each round.
    async fn goes_on(&self, given: &mut Given, rounds: usize) -> u64 {
        if !self.began.swap(true, Ordering::Relaxed) {
            for agent_id in AGENTS.map(|name| given.agent(name)) {
                given.append(&agent_id, registered(&agent_id, "Ana")).await;
            }
        }
        let mut position = 0;
        for round in 0..rounds {
            for (number, name) in AGENTS.iter().enumerate() {
                let agent_id = given.agent(name);
                if round % 3 == 0 {
                    given.append(&agent_id, renamed(&agent_id, &format!("Ana {round}"))).await;
                }
                let id = given.new_id();
                position = if round % 2 == 0 {
                    self.tell(given, &agent_id, appointment(id, &agent_id)).await
                } else {
                    let next = given.agent(AGENTS[(number + 1) % AGENTS.len()]);
                    self.hand_over(given, id, &agent_id, &next).await
                };
            }
        }
        position
    }

    /// Books an appointment with this agent, and returns the position.
    async fn books(&self, given: &mut Given, id: Uuid, agent_id: &AgentId) -> u64 {
        self.tell(given, agent_id, [booked(id, agent_id).into()]).await
    }

    /// Appends these events to the agent's stream, and returns the position.
    async fn tell(
        &self,
        given: &mut Given,
        agent_id: &AgentId,
        events: impl IntoIterator<Item = AgentEvent>,
    ) -> u64 {
        let mut stored = Vec::new();
        for event in events {
            let public = event.published().map(|(appointment_id, _)| appointment_id);
            let event = given.encoded(event);
            if let Some(appointment_id) = public {
                let told = (stream::agent(agent_id), event.event_id.uuid());
                self.given.lock().unwrap().entry(appointment_id).or_default().push(told);
            }
            stored.push(event);
        }
        given.append_stored(agent_id, &stored).await
    }

    /// An appointment of one agent is handed over to another, who cancels it.
    async fn hand_over(&self, given: &mut Given, id: Uuid, from: &AgentId, to: &AgentId) -> u64 {
        let booked = booked(id, from);
        let appointment = AppointmentSnapshot { version: 2, ..fixtures::snapshot(booked.clone()) };
        let reserved = fixtures::reserved(ReservationId::new(id), from, &appointment, now());
        let reservation_id = reserved.reservation_id;
        let handed_over = AppointmentHandedOver {
            reservation_id,
            to_agent_id: to.clone(),
            previous_start: appointment.start,
            previous_end: appointment.end,
            forced: Vec::new(),
            appointment: appointment.clone(),
            reason: None,
            requested_by: None,
            receipts: vec![receipt(from, &appointment)],
        };
        let received = AppointmentReceived {
            reservation_id,
            from_agent_id: from.clone(),
            appointment,
            hold_id: None,
            receipts: Vec::new(),
        };
        self.tell(given, from, [booked.into()]).await;
        self.tell(given, to, [reserved.into()]).await;
        self.tell(given, from, [handed_over.into()]).await;
        self.tell(given, to, [received.into(), cancelled(id)]).await
    }

    /// Asserts that everything was relayed once, and of each appointment in order, in one partition, whatever was relayed of
    /// others.
    fn was_told(&self, records: &[Record]) {
        let given = self.given.lock().unwrap();
        assert_eq!(told(records, &given), *given);
    }

    /// The same, but that what is of a stream which was parked may be later than what is of others.
    fn was_told_late(&self, records: &[Record]) {
        let given = self.given.lock().unwrap();
        let (mut told, mut expected) = (told(records, &given), given.clone());
        for events in told.values_mut().chain(expected.values_mut()) {
            events.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        assert_eq!(told, expected);
    }
}

/// The relayed events of these appointments.
fn told(
    records: &[Record],
    given: &BTreeMap<AppointmentId, Vec<(String, Uuid)>>,
) -> BTreeMap<AppointmentId, Vec<(String, Uuid)>> {
    let mut told: BTreeMap<AppointmentId, Vec<(String, Uuid)>> = BTreeMap::new();
    let mut partitions = BTreeMap::new();
    for record in records {
        // Others are of a lead.
        let Ok(id) = record.key.parse() else { continue };
        let appointment_id = AppointmentId::new(id);
        if given.contains_key(&appointment_id) {
            assert_eq!(*partitions.entry(appointment_id).or_insert(record.partition), record.partition);
            let event = (record.headers["citas-stream"].clone(), record.headers["ce_id"].parse().unwrap());
            told.entry(appointment_id).or_default().push(event);
        }
    }
    told
}

/// The three public events of one appointment.
fn appointment(id: Uuid, agent_id: &AgentId) -> [AgentEvent; 3] {
    let appointment_id = AppointmentId::new(id);
    [booked(id, agent_id).into(), AppointmentConfirmed { appointment_id }.into(), cancelled(id)]
}

fn cancelled(id: Uuid) -> AgentEvent {
    let cancelled_by = Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() };
    AppointmentCancelled {
        appointment_id: AppointmentId::new(id),
        cancelled_by,
        reason: None,
        requested_by: None,
    }
    .into()
}

fn receipt(agent_id: &AgentId, appointment: &AppointmentSnapshot) -> AppointmentReceipt {
    AppointmentReceipt {
        command_id: CommandId::new(Uuid::from_u128(1)),
        command_digest: "digest-of-a-command".to_owned(),
        version: 1,
        position: None,
        recorded_at: now(),
        agent_id: agent_id.clone(),
        status: appointment.status,
        start: appointment.start,
        end: appointment.end,
        sequence: appointment.sequence,
        terms: AppointmentTerms::of(appointment, now()),
    }
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
