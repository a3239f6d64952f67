//! What a client asks for. Everything about it is the same whenever it is sent.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use system_tests::{Client, Request};

use crate::history::calendar::Slot;
use crate::support::{CALL, VISIT, text};

pub(crate) const AGENTS: &[&str] = &["1", "2", "3"];

/// As long as can be, and as short.
pub(crate) const TTL_SECONDS: &[i64] = &[900, 60];

/// A type of one minute, of which appointments begin while the test runs.
pub(crate) const SHORT: &str = "short";

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The correlation id by which its events are found.
    pub(crate) id: String,
    /// Its `Idempotency-Key`: its id, or that of another operation by mistake.
    pub(crate) key: Option<String>,
    pub(crate) if_match: Option<u64>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Book {
        agent: Option<&'static str>,
        appointment_type: &'static str,
        start: DateTime<Utc>,
        lead: String,
        /// Whether blocks are passed over.
        force: bool,
    },
    BookHeld {
        agent: String,
        hold: String,
        lead: String,
        slot: Slot,
    },
    Change {
        appointment: String,
        lead: String,
        change: Change,
    },
    Hold {
        agent: &'static str,
        start: DateTime<Utc>,
        lead: String,
        ttl_seconds: i64,
    },
    Release {
        hold: String,
    },
    Block {
        agent: &'static str,
        slot: Slot,
        keep: bool,
    },
    Unblock {
        agent: String,
        block: String,
    },
    /// An agent's appointments in this time go to others.
    BulkMove {
        agent: &'static str,
        slot: Slot,
    },
}

/// A change of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Confirm,
    Cancel,
    Reinstate,
    Complete,
    NoShow,
    /// The outcome that it is to have.
    Correct(&'static str),
    /// The notes that it is to have.
    Note(&'static str),
    Reschedule(DateTime<Utc>),
    /// The same, and blocks are passed over.
    Force(DateTime<Utc>),
    Reassign(&'static str),
    /// To another agent at another time, in one.
    Move(&'static str, DateTime<Utc>),
}

impl Change {
    /// Whether nothing can change after it.
    pub(crate) const fn is_last(self) -> bool {
        matches!(self, Self::Cancel | Self::Complete | Self::NoShow | Self::Correct(_))
    }
}

impl Operation {
    /// The request, every time the same.
    pub(crate) fn request(&self, client: &Client) -> Request {
        let request = match (self.path(), self.body()) {
            (path, Some(body)) => match &self.kind {
                Kind::Change { change: Change::Note(_), .. } => client.patch(&path).body(&body),
                Kind::Change { change: Change::Correct(_), .. } => client.put(&path).body(&body),
                _ => client.post(&path).body(&body),
            },
            (path, None) => client.delete(&path),
        };
        let request = request.header("x-correlation-id", &self.id);
        let request = self.key.iter().fold(request, |request, key| request.key(key));
        self.if_match.into_iter().fold(request, Request::if_match)
    }

    fn path(&self) -> String {
        match &self.kind {
            Kind::Book { .. } | Kind::BookHeld { .. } => "/v1/appointments".to_owned(),
            Kind::Change { appointment, change, .. } => {
                let verb = match change {
                    Change::Note(_) => return format!("/v1/appointments/{appointment}"),
                    Change::Correct(_) => "outcome",
                    Change::Reinstate => "reinstate",
                    Change::Confirm => "confirm",
                    Change::Cancel => "cancel",
                    Change::Complete => "complete",
                    Change::NoShow => "no-show",
                    Change::Reschedule(_) | Change::Force(_) | Change::Move(..) => "reschedule",
                    Change::Reassign(_) => "reassign",
                };
                format!("/v1/appointments/{appointment}/{verb}")
            }
            Kind::Hold { .. } => "/v1/holds".to_owned(),
            Kind::Release { hold } => format!("/v1/holds/{hold}"),
            Kind::Block { agent, .. } => format!("/v1/agents/{agent}/blocks"),
            Kind::Unblock { agent, block } => format!("/v1/agents/{agent}/blocks/{block}"),
            Kind::BulkMove { agent, .. } => format!("/v1/agents/{agent}/appointments/move"),
        }
    }

    /// None if it is a deletion.
    fn body(&self) -> Option<Value> {
        Some(match &self.kind {
            Kind::Book { agent, appointment_type, start, lead, force } => {
                let mut body =
                    json!({"lead_id": lead, "appointment_type": appointment_type, "start": text(*start)});
                if let Some(agent) = agent {
                    body["agent_id"] = json!(agent);
                }
                if *force {
                    body["force"] = json!(["blocked"]);
                }
                body
            }
            Kind::BookHeld { hold, lead, .. } => json!({"lead_id": lead, "hold_id": hold}),
            Kind::Change { change: Change::Reschedule(start), .. } => json!({"start": text(*start)}),
            Kind::Change { change: Change::Force(start), .. } => {
                json!({"start": text(*start), "force": ["blocked"]})
            }
            Kind::Change { change: Change::Reassign(to), .. } => json!({"agent_id": to}),
            Kind::Change { change: Change::Move(to, start), .. } => {
                json!({"agent_id": to, "start": text(*start)})
            }
            Kind::Change { change: Change::Note(notes), .. } => json!({"notes": notes}),
            Kind::Change { change: Change::Correct(outcome), .. } => json!({"outcome": outcome}),
            Kind::Change { .. } => json!({}),
            Kind::Hold { agent, start, lead, ttl_seconds } => json!({
                "agent_id": agent, "appointment_type": VISIT, "start": text(*start), "lead_id": lead,
                "ttl_seconds": ttl_seconds,
            }),
            Kind::Block { slot: (start, end), keep, .. } => json!({
                "start": text(*start), "end": text(*end),
                "on_overlap": if *keep { "keep" } else { "refuse" },
            }),
            Kind::BulkMove { slot: (from, to), .. } => {
                json!({"from": text(*from), "to": text(*to), "reason": "Falls ill"})
            }
            Kind::Release { .. } | Kind::Unblock { .. } => return None,
        })
    }

    /// The time that it asks for, if it names it.
    pub(crate) fn slot(&self) -> Option<Slot> {
        match &self.kind {
            Kind::Book { appointment_type, start, .. } => Some((*start, *start + length(appointment_type))),
            Kind::Hold { start, .. } => Some((*start, *start + length(VISIT))),
            Kind::Block { slot, .. } | Kind::BookHeld { slot, .. } => Some(*slot),
            Kind::Change { .. } | Kind::Release { .. } | Kind::Unblock { .. } | Kind::BulkMove { .. } => None,
        }
    }

    /// The lead it is for.
    pub(crate) fn lead(&self) -> &str {
        match &self.kind {
            Kind::Book { lead, .. }
            | Kind::BookHeld { lead, .. }
            | Kind::Change { lead, .. }
            | Kind::Hold { lead, .. } => lead,
            Kind::Release { .. } | Kind::Block { .. } | Kind::Unblock { .. } | Kind::BulkMove { .. } => "",
        }
    }

    /// Whether it passes over blocks.
    pub(crate) const fn is_forced(&self) -> bool {
        matches!(self.kind, Kind::Book { force: true, .. } | Kind::Change { change: Change::Force(_), .. })
    }

    /// The event that it comes to, if it changes anything; a bulk move has its own stream.
    pub(crate) fn event_type(&self) -> &'static str {
        match &self.kind {
            Kind::Book { .. } | Kind::BookHeld { .. } => "AppointmentBooked",
            Kind::Change { change, .. } => match change {
                Change::Confirm => "AppointmentConfirmed",
                Change::Cancel => "AppointmentCancelled",
                Change::Reinstate => "AppointmentReinstated",
                Change::Correct(_) => "OutcomeCorrected",
                Change::Note(_) => "AppointmentDetailsChanged",
                Change::Complete => "AppointmentCompleted",
                Change::NoShow => "AppointmentNoShow",
                Change::Reschedule(_) | Change::Force(_) => "AppointmentRescheduled",
                Change::Reassign(_) | Change::Move(..) => "AppointmentHandedOver",
            },
            Kind::Hold { .. } => "SlotHeld",
            Kind::Release { .. } => "HoldReleased",
            Kind::Block { .. } => "TimeBlocked",
            Kind::Unblock { .. } => "TimeUnblocked",
            Kind::BulkMove { .. } => "BulkMoveStarted",
        }
    }
}

fn length(appointment_type: &str) -> TimeDelta {
    TimeDelta::minutes(match appointment_type {
        VISIT => 30,
        CALL => 15,
        _ => 1,
    })
}
