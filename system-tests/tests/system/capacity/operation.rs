use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::{Answer, Client, SeededRng};
use tokio::time::Instant;
use uuid::Uuid;

use crate::support::{VISIT, text};

/// Agents, and how many appointments share a slot with each of them.
pub(crate) const AGENTS: &[(&str, usize)] = &[("one", 1), ("three", 3), ("ten", 10)];

/// All of them are about this one: only then do they share.
pub(crate) const PROPERTY: &str = "P-1";

/// What a client asks for.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Its `Idempotency-Key`, and the correlation id by which its events are found.
    pub(crate) id: String,
    /// Who books has no hold but the one that is used.
    pub(crate) lead: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// By time, with this agent or with any.
    Book {
        agent: Option<String>,
        start: DateTime<Utc>,
    },
    /// A slot as it was offered.
    BookOffered {
        agent: String,
        start: DateTime<Utc>,
        slot_ref: String,
    },
    Hold {
        agent: String,
        start: DateTime<Utc>,
    },
    HoldOffered {
        agent: String,
        start: DateTime<Utc>,
        slot_ref: String,
    },
    BookHeld {
        agent: String,
        start: DateTime<Utc>,
        hold: String,
    },
    Release {
        agent: String,
        start: DateTime<Utc>,
        hold: String,
    },
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
    /// For a lead that asks for nothing else.
    pub(crate) fn new(dice: &mut SeededRng, kind: Kind) -> Self {
        let id = Uuid::from_u64_pair(dice.throw(), dice.throw()).to_string();
        Self { lead: format!("lead-{id}"), id, kind }
    }

    pub(crate) async fn send(self, client: &Client) -> Answered {
        let request = match &self.kind {
            Kind::Release { hold, .. } => client.delete(&format!("/v1/holds/{hold}")),
            Kind::Hold { .. } | Kind::HoldOffered { .. } => client.post("/v1/holds").body(&self.body()),
            Kind::Book { .. } | Kind::BookOffered { .. } | Kind::BookHeld { .. } => {
                client.post("/v1/appointments").body(&self.body())
            }
        };
        let sent_at = Instant::now();
        let answer = request.key(&self.id).header("x-correlation-id", &self.id).answer().await;
        Answered { operation: self, sent_at, done_at: Instant::now(), answer }
    }

    fn body(&self) -> Value {
        let mut body = match &self.kind {
            Kind::Book { start, .. } | Kind::Hold { start, .. } => {
                json!({"appointment_type": VISIT, "start": text(*start)})
            }
            Kind::BookOffered { slot_ref, .. } | Kind::HoldOffered { slot_ref, .. } => {
                json!({"slot_ref": slot_ref})
            }
            // What it is about is known from the hold.
            Kind::BookHeld { hold, .. } | Kind::Release { hold, .. } => {
                return json!({"lead_id": self.lead, "hold_id": hold});
            }
        };
        if let Kind::Book { agent: Some(agent), .. } | Kind::Hold { agent, .. } = &self.kind {
            body["agent_id"] = json!(agent);
        }
        if let Kind::Hold { .. } | Kind::HoldOffered { .. } = self.kind {
            // As long as can be: no hold ends by itself before the test does.
            body["ttl_seconds"] = json!(900);
        }
        body["lead_id"] = json!(self.lead);
        body["property_id"] = json!(PROPERTY);
        body
    }

    /// The agent that it is asked of; none if any will do.
    pub(crate) fn agent(&self) -> Option<&str> {
        match &self.kind {
            Kind::Book { agent, .. } => agent.as_deref(),
            Kind::BookOffered { agent, .. }
            | Kind::Hold { agent, .. }
            | Kind::HoldOffered { agent, .. }
            | Kind::BookHeld { agent, .. }
            | Kind::Release { agent, .. } => Some(agent),
        }
    }

    /// From when until when.
    pub(crate) fn slot(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let (Kind::Book { start, .. }
        | Kind::BookOffered { start, .. }
        | Kind::Hold { start, .. }
        | Kind::HoldOffered { start, .. }
        | Kind::BookHeld { start, .. }
        | Kind::Release { start, .. }) = &self.kind;
        (*start, *start + TimeDelta::minutes(30))
    }

    /// The event that it comes to.
    pub(crate) fn event_type(&self) -> &'static str {
        match self.kind {
            Kind::Book { .. } | Kind::BookOffered { .. } | Kind::BookHeld { .. } => "AppointmentBooked",
            Kind::Hold { .. } | Kind::HoldOffered { .. } => "SlotHeld",
            Kind::Release { .. } => "HoldReleased",
        }
    }
}

impl Answered {
    /// The answer's body, if it was accepted.
    pub(crate) fn accepted(&self) -> Option<Value> {
        self.answer.status.is_success().then(|| self.answer.json())
    }
}
