//! The relay against Kafka's protocol: every public event once, in order for each agent, whatever fails.

mod going_on;
pub(crate) mod kafka;
mod outages;
mod telling;

use std::collections::BTreeMap;
use std::sync::Mutex;

use projector::relay::{Relay, spawn};
use schemas::event::{AppointmentBooked, AppointmentConfirmed};
use schemas::value::LeadContact;
use schemas::{AppointmentId, Origin};
use uuid::Uuid;

use crate::given::{Given, in_time, now, registered};

use crate::broker::Record;

use kafka::{Kafka, ids_by_agent};

/// Agents of every partition: "7" is of partition 2, "1" of 1, "3" of 0.
const AGENTS: [&str; 6] = ["1", "2", "3", "4", "5", "7"];

/// What was appended, to be compared with what is told.
#[derive(Default)]
struct Story {
    given: Mutex<BTreeMap<String, Vec<Uuid>>>,
}

impl Story {
    /// Appends public events and others among them, and answers the last position.
    async fn goes_on(&self, given: &mut Given, rounds: usize) -> u64 {
        let mut position = 0;
        for round in 0..rounds {
            for agent in AGENTS {
                let stream = format!("agent-{agent}");
                let mut events = Vec::new();
                if round % 3 == 0 {
                    events.push(given.encoded(registered(agent, "Ana")));
                }
                let appointment_id = AppointmentId::new(Uuid::from_u128(round as u128));
                for _ in 0..3 {
                    let told = given.encoded(AppointmentConfirmed { appointment_id });
                    let mut story = self.given.lock().unwrap();
                    story.entry(agent.to_owned()).or_default().push(told.event_id.uuid());
                    events.push(told);
                }
                position = given.append_stored(&stream, &events).await;
            }
        }
        position
    }

    /// Everything was told once and in order.
    fn was_told(&self, records: &[Record]) {
        assert_eq!(ids_by_agent(records), *self.given.lock().unwrap());
    }
}

fn relay(given: &Given, kafka: &Kafka) -> Relay {
    spawn(&given.store, kafka.settings.clone(), now)
}

async fn reached(relay: &Relay, position: u64) {
    in_time(relay.reached(position)).await;
    assert!(position <= relay.position(), "{:?}", relay.ready());
}

pub(crate) fn booked(agent_id: &str) -> AppointmentBooked {
    let start = now() + chrono::TimeDelta::days(1);
    AppointmentBooked {
        appointment_id: AppointmentId::new(Uuid::from_u128(77)),
        lead_id: "5001".parse().unwrap(),
        agent_id: agent_id.parse().unwrap(),
        appointment_type: "visita_propiedad".parse().unwrap(),
        start,
        end: start + chrono::TimeDelta::minutes(45),
        duration_minutes: 45,
        local_start: start.naive_utc(),
        time_zone: chrono_tz::UTC,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        max_appointments_per_slot: 1,
        sequence: 0,
        location: Some("Casa de Joaquín, Ñuñoa".to_owned()),
        property_id: None,
        notes: Some("Viene con su madre".to_owned()),
        lead_contact: Some(LeadContact {
            name: Some("Joaquín Muñoz".to_owned()), ..LeadContact::default()
        }),
        origin: Origin::Chat,
        hold_id: None,
        reassigned_from: None,
    }
}
