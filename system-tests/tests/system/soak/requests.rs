//! What an agency's clients ask for, all at once.

use serde_json::{Value, json};
use system_tests::{Client, SeededRng};
use uuid::Uuid;

use crate::support::{VISIT, at, booking, text};

pub(super) const AGENTS: [&str; 12] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];

/// How many half hours may be asked for: two years.
const SLOTS: usize = 2 * 365 * 48;

/// One client, and the appointments that it has booked and not cancelled.
pub(super) struct Requests {
    lead: String,
    appointments: Vec<String>,
}

impl Requests {
    pub(super) fn of(number: usize) -> Self {
        Self { lead: format!("lead-{number}"), appointments: Vec::new() }
    }

    /// Sends any request. A healthy machine has an answer to each.
    pub(super) async fn send_one(&mut self, client: &Client, dice: &mut SeededRng) {
        let start = at(2, 30 * i64::try_from(dice.below(SLOTS)).unwrap());
        let agent = *dice.pick(&AGENTS);
        match dice.below(20) {
            0..7 => self.book(client, dice, booking(agent, &self.lead, start)).await,
            7..12 => {
                let body = json!({"lead_id": self.lead, "appointment_type": VISIT, "start": text(start)});
                self.book(client, dice, body).await;
            }
            12..14 => {
                if let Some(appointment) = self.any(dice) {
                    self.post(client, dice, &format!("/v1/appointments/{appointment}/cancel"), json!({}))
                        .await;
                }
            }
            14 => {
                if let Some(appointment) = self.any(dice) {
                    let path = format!("/v1/appointments/{appointment}/reschedule");
                    self.post(client, dice, &path, json!({"start": text(start)})).await;
                }
            }
            15 => {
                let (from, to) = (text(start), text(start + chrono::TimeDelta::days(7)));
                answered(client, &format!("/v1/agents/{agent}/calendar?from={from}&to={to}")).await;
            }
            16 => answered(client, &format!("/v1/leads/{}/context", self.lead)).await,
            _ => {
                answered(
                    client,
                    &format!("/v1/slots?appointment_type={VISIT}&from={}&limit=20", text(start)),
                )
                .await;
            }
        }
    }

    fn any(&mut self, dice: &mut SeededRng) -> Option<String> {
        let some = !self.appointments.is_empty();
        some.then(|| self.appointments.swap_remove(dice.below(self.appointments.len())))
    }

    async fn book(&mut self, client: &Client, dice: &mut SeededRng, body: Value) {
        if let Some(booked) = self.post(client, dice, "/v1/appointments", body).await {
            self.appointments.push(booked["appointment_id"].as_str().unwrap().to_owned());
        }
    }

    /// Sends a command, every other one with a key. Gives the answer if it was carried out.
    async fn post(&self, client: &Client, dice: &mut SeededRng, path: &str, body: Value) -> Option<Value> {
        let request = client.post(path).body(&body);
        let key = Uuid::from_u64_pair(dice.throw(), dice.throw()).to_string();
        let answer = if dice.one_in(2) { request.key(&key) } else { request }.answer().await;
        assert!(answer.status.as_u16() < 500, "{path} {body}: {answer:?}");
        answer.status.is_success().then(|| answer.json())
    }
}

async fn answered(client: &Client, path: &str) {
    let answer = client.get(path).answer().await;
    assert!(answer.status.is_success(), "{path}: {answer:?}");
}
