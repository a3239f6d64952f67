use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use system_tests::{Answer, Client, SeededRng};
use tokio::time::Instant;
use uuid::Uuid;

use crate::support::{CALL, VISIT, at, text};

pub(crate) const AGENTS: &[&str] = &["1", "2", "3"];

/// How many half hours are fought over.
const SLOTS: usize = 20;

/// What a client asks for. Everything about it is the same whenever it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Its `Idempotency-Key`, and the correlation id by which its events are found.
    pub(crate) id: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Book { agent: Option<&'static str>, appointment_type: &'static str, start: DateTime<Utc> },
    Confirm { appointment: String },
    Cancel { appointment: String },
    Reschedule { appointment: String, start: DateTime<Utc> },
    Reassign { appointment: String, to: &'static str },
}

/// An operation with what was answered, and when.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) operation: Operation,
    pub(crate) sent_at: Instant,
    pub(crate) done_at: Instant,
    pub(crate) answer: Answer,
}

impl Operation {
    /// Any operation, on one of these appointments if it is not a booking.
    pub(crate) fn random(dice: &mut SeededRng, appointments: &[String]) -> Self {
        let id = Uuid::from_u64_pair(dice.throw(), dice.throw()).to_string();
        let start = at(5, 15 * i64::try_from(dice.below(SLOTS * 2)).unwrap());
        let choice = if appointments.is_empty() { 0 } else { dice.below(20) };
        let kind = if choice < 7 {
            let appointment_type = *dice.pick(&[VISIT, VISIT, CALL]);
            let start = if appointment_type == VISIT { on_the_half_hour(start) } else { start };
            let agent = (!dice.one_in(4)).then(|| *dice.pick(AGENTS));
            Kind::Book { agent, appointment_type, start }
        } else {
            // The latest are the ones that others are busy with as well.
            let recent = &appointments[appointments.len().saturating_sub(30)..];
            let appointment = dice.pick(recent).clone();
            match choice {
                7..11 => Kind::Confirm { appointment },
                11..15 => Kind::Cancel { appointment },
                15..18 => Kind::Reschedule { appointment, start: on_the_half_hour(start) },
                _ => Kind::Reassign { appointment, to: AGENTS[dice.below(AGENTS.len())] },
            }
        };
        Self { id, kind }
    }

    /// Sends it; none if no answer came back. What was sent before is taken to have been sent then.
    pub(crate) async fn send(&self, client: &Client, sent_at: Instant) -> Option<Answered> {
        let request = client.post(&self.path()).key(&self.id).header("x-correlation-id", &self.id);
        let answer = request.body(&self.body()).attempt().await?;
        Some(Answered { operation: self.clone(), sent_at, done_at: Instant::now(), answer })
    }

    fn path(&self) -> String {
        let (appointment, verb) = match &self.kind {
            Kind::Book { .. } => return "/v1/appointments".to_owned(),
            Kind::Confirm { appointment } => (appointment, "confirm"),
            Kind::Cancel { appointment } => (appointment, "cancel"),
            Kind::Reschedule { appointment, .. } => (appointment, "reschedule"),
            Kind::Reassign { appointment, .. } => (appointment, "reassign"),
        };
        format!("/v1/appointments/{appointment}/{verb}")
    }

    fn body(&self) -> Value {
        match &self.kind {
            Kind::Book { agent, appointment_type, start } => {
                let mut body = json!({
                    "lead_id": self.lead(), "appointment_type": appointment_type, "start": text(*start),
                });
                if let Some(agent) = agent {
                    body["agent_id"] = json!(agent);
                }
                body
            }
            Kind::Confirm { .. } => json!({}),
            Kind::Cancel { .. } => json!({"reason": self.id}),
            Kind::Reschedule { start, .. } => json!({"start": text(*start)}),
            Kind::Reassign { to, .. } => json!({"agent_id": to}),
        }
    }

    /// A lead that books once, by which a booking is found that was not answered.
    pub(crate) fn lead(&self) -> String {
        format!("lead-{}", self.id)
    }

    /// The appointment it is about, if there was one before.
    pub(crate) fn appointment(&self) -> Option<&str> {
        match &self.kind {
            Kind::Book { .. } => None,
            Kind::Confirm { appointment }
            | Kind::Cancel { appointment }
            | Kind::Reschedule { appointment, .. }
            | Kind::Reassign { appointment, .. } => Some(appointment),
        }
    }

    /// Whether it may take more than one event.
    pub(crate) fn is_reassignment(&self) -> bool {
        matches!(self.kind, Kind::Reassign { .. })
    }

    /// The event that it comes to.
    pub(crate) fn event_type(&self) -> &'static str {
        match self.kind {
            Kind::Book { .. } => "AppointmentBooked",
            Kind::Confirm { .. } => "AppointmentConfirmed",
            Kind::Cancel { .. } => "AppointmentCancelled",
            Kind::Reschedule { .. } => "AppointmentRescheduled",
            Kind::Reassign { .. } => "AppointmentReassigned",
        }
    }
}

impl Answered {
    /// The answer's body, if it was accepted.
    pub(crate) fn accepted(&self) -> Option<Value> {
        self.answer.status.is_success().then(|| self.answer.json())
    }

    /// Whether it is an earlier answer, given again.
    pub(crate) fn is_replay(&self) -> bool {
        self.answer.headers.contains_key("idempotent-replay")
    }
}

fn on_the_half_hour(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant - chrono::TimeDelta::minutes(i64::from(instant.timestamp() % 1800 != 0) * 15)
}
