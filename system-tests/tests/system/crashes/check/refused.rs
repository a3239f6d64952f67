//! What was refused was refused for a reason that held at some moment between the request and the answer.

use std::sync::Arc;

use serde_json::Value;

use super::super::attempt::Attempt;
use super::super::operation::{AGENTS, Change, Kind, Operation};
use super::Check;
use crate::history::calendar::{Calendar, Live, Slot, Takes};
use crate::history::log::Event;
use crate::history::order::Window;
use crate::history::timeline::Standing;
use crate::support::instant;

impl Check<'_> {
    /// `effect` is what another request of the same operation led to.
    pub(super) fn refused(&self, attempt: &Attempt, problem: &Value, effect: Option<&Event>, window: Window) {
        let operation = &attempt.operation;
        let code = problem["code"].as_str().unwrap();
        if let Some(event) = effect.filter(|_| code != "idempotency_mismatch") {
            assert!(window.from < event.position, "refused, and done before: {attempt:?} {event:?}");
        }
        let is_justified = match code {
            "idempotency_mismatch" => self.had_another(operation, window),
            "stale_version" => self.standings(operation, window).any(|standing| {
                Some(standing.version) != operation.if_match
                    && problem["current_version"].as_u64() == Some(standing.version)
            }),
            "invalid_transition" => self.standings(operation, window).any(|standing| {
                problem["appointment_status"] == standing.status && !allows(attempt, standing)
            }),
            "not_started" => self
                .standings(operation, window)
                .any(|standing| standing.is_open() && attempt.clock.0 < standing.start),
            "slot_unavailable" => self.slot_was_taken(attempt, problem, window),
            "lead_has_appointment" => self.lead_had_another(operation, problem, window),
            "hold_expired" => self.hold_was_over(attempt, window),
            "hold_limit" => self.held_others(attempt, window),
            "block_not_found" => self.was_unblocked(operation, window),
            "block_overlaps_appointments" => self.was_taken(operation, problem, window),
            _ => false,
        };
        assert!(is_justified, "refused without a reason in {window:?}: {attempt:?}");
    }

    fn standings(&self, operation: &Operation, window: Window) -> impl Iterator<Item = &Standing> {
        let appointment = match &operation.kind {
            Kind::Change { appointment, .. } => appointment.as_str(),
            _ => "",
        };
        self.timeline.standings(appointment, window)
    }

    /// Whether the key stood for something else.
    fn had_another(&self, operation: &Operation, window: Window) -> bool {
        let of_key = operation.key.as_ref().and_then(|key| self.keys.get(key.as_str()));
        let mut others = of_key.into_iter().flatten().filter(|other| **other != operation.id);
        others.any(|other| self.effects.get(other).is_some_and(|events| events[0].position < window.until))
    }

    fn slot_was_taken(&self, attempt: &Attempt, problem: &Value, window: Window) -> bool {
        let operation = &attempt.operation;
        let reason = problem["reason"].as_str().unwrap();
        let others: Vec<&Value> = problem["alternatives"].as_array().unwrap().iter().collect();
        assert!(others.len() <= 3, "{attempt:?}");
        let (sent, done) = attempt.clock;
        if reason == "too_soon" || reason == "past" {
            return match (&operation.kind, operation.slot()) {
                (
                    Kind::Change {
                        change: Change::Reschedule(start) | Change::Force(start) | Change::Move(_, start),
                        ..
                    },
                    _,
                ) => *start <= done,
                (_, Some((start, _))) => start <= done,
                _ => self.standings(operation, window).any(|standing| standing.start <= done),
            };
        }
        let lead = operation.lead();
        // Nor can a request be refused for what it has itself taken before.
        let takes = |live: &Live, slot: Slot, moving: &str| {
            let is_its_own = live.id == moving || live.operation == operation.id;
            let is_passed_over = operation.is_forced() && live.is_block();
            live.is_in_the_way(slot, lead, sent) && !is_its_own && !is_passed_over
        };
        let is_full = |calendar: &Calendar, slot, moving: &str, reason: Option<&str>| {
            let why = |live: &Live| reason.is_none_or(|reason| reason == why(live));
            calendar.iter().any(|live| takes(live, slot, moving) && why(live))
        };
        let is_free = |calendar: &Calendar, other: &Value, moving: &str| {
            let slot = (instant(&other["start"]), instant(&other["end"]));
            // What is reserved for it is not in its own way.
            let in_the_way = |live: &Arc<Live>| live.is_in_the_way(slot, lead, done) && live.of != moving;
            !calendar.iter().any(in_the_way)
        };
        // In one and the same state the slot is taken, by nothing of the lead, and what is offered instead with that agent is
        // free; what is offered with another agent is so by what the log said at some moment.
        let refuses = |agent: &str, slot, moving: &str| {
            let is_here = |other: &Value| other.get("agent_id").is_none_or(|of| of == agent);
            let mut elsewhere = others.iter().filter(|other| !is_here(other));
            let is_free_there = elsewhere.all(|other| {
                let agent = other["agent_id"].as_str().unwrap();
                self.timeline.calendars(agent, window).any(|calendar| is_free(calendar, other, moving))
            });
            let mut states = self.timeline.calendars(agent, window);
            let is_justified = states.any(|calendar| {
                is_full(calendar, slot, moving, Some(reason))
                    && !calendar.iter().any(|live| is_of_lead(live, operation, slot, moving))
                    && others
                        .iter()
                        .filter(|other| is_here(other))
                        .all(|other| is_free(calendar, other, moving))
            });
            is_free_there && is_justified
        };
        match (&operation.kind, operation.slot()) {
            (Kind::Book { agent: None, .. }, Some(slot)) => {
                let any = |agent: &str, reason| {
                    self.timeline.calendars(agent, window).any(|calendar| is_full(calendar, slot, "", reason))
                };
                AGENTS.iter().all(|agent| any(agent, None))
                    && AGENTS.iter().any(|agent| any(agent, Some(reason)))
                    && others.iter().all(|other| {
                        let Some(agent) = other["agent_id"].as_str() else { return false };
                        self.timeline.calendars(agent, window).any(|calendar| is_free(calendar, other, ""))
                    })
            }
            _ => self
                .asked(operation, window)
                .iter()
                .any(|(agent, slot, moving)| refuses(agent, *slot, moving)),
        }
    }

    /// Each agent who may have been asked, with the slot, and with the appointment that moves there.
    fn asked<'o>(&self, operation: &'o Operation, window: Window) -> Vec<(String, Slot, &'o str)> {
        match (&operation.kind, operation.slot()) {
            (Kind::Book { agent: None, .. }, Some(slot)) => {
                AGENTS.iter().map(|agent| ((*agent).to_owned(), slot, "")).collect()
            }
            (Kind::Book { agent: Some(agent), .. } | Kind::Hold { agent, .. }, Some(slot)) => {
                vec![((*agent).to_owned(), slot, "")]
            }
            (Kind::BookHeld { agent, .. }, Some(slot)) => vec![(agent.clone(), slot, "")],
            // It is read with one agent and then, if it goes to another, asked of that one: two states, each in the window.
            (Kind::Change { appointment, change, .. }, _) => {
                let of = |standing: &Standing| {
                    let moved = |start| (start, start + (standing.end - standing.start));
                    Some(match change {
                        Change::Reschedule(start) | Change::Force(start) => {
                            (standing.agent.clone(), moved(*start))
                        }
                        Change::Move(to, start) => ((*to).to_owned(), moved(*start)),
                        Change::Reassign(to) => ((*to).to_owned(), (standing.start, standing.end)),
                        Change::Reinstate if standing.status == "cancelled" => {
                            (standing.agent.clone(), (standing.start, standing.end))
                        }
                        _ => return None,
                    })
                };
                let asked = self.standings(operation, window).filter_map(of);
                asked.map(|(agent, slot)| (agent, slot, appointment.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// This appointment of the lead was at that time, with an agent who may have been asked.
    fn lead_had_another(&self, operation: &Operation, problem: &Value, window: Window) -> bool {
        let is_named = |live: &Live| {
            problem["appointment_id"] == live.of.as_str()
                && (instant(&problem["start"]), instant(&problem["end"])) == live.slot
        };
        self.asked(operation, window).iter().any(|(agent, slot, moving)| {
            self.timeline.calendars(agent, window).any(|calendar| {
                calendar.iter().any(|live| is_of_lead(live, operation, *slot, moving) && is_named(live))
            })
        })
    }

    /// It was used, replaced, released or left to expire, and not by the same operation.
    fn hold_was_over(&self, attempt: &Attempt, window: Window) -> bool {
        let (Kind::BookHeld { hold, .. } | Kind::Release { hold }) = &attempt.operation.kind else {
            return false;
        };
        let span = self.timeline.span(hold);
        let is_over = |(at, by): &(u64, String)| *at < window.until && *by != attempt.operation.id;
        span.ended.as_ref().is_some_and(is_over) || span.expires_at.unwrap() <= attempt.clock.1
    }

    /// The lead can have had two others.
    fn held_others(&self, attempt: &Attempt, window: Window) -> bool {
        let held = self.timeline.spans().filter(|span| {
            let is_over = span.ended.as_ref().is_some_and(|(at, _)| *at <= window.from);
            let has_expired = span.expires_at.is_none_or(|expires_at| expires_at <= attempt.clock.0);
            span.lead == attempt.operation.lead() && span.begun_at < window.until && !is_over && !has_expired
        });
        held.count() >= 2
    }

    fn was_unblocked(&self, operation: &Operation, window: Window) -> bool {
        let Kind::Unblock { block, .. } = &operation.kind else { return false };
        let ended = self.timeline.span(block).ended.as_ref();
        ended.is_some_and(|(at, by)| *at < window.until && *by != operation.id)
    }

    /// Exactly these appointments were in the block.
    fn was_taken(&self, operation: &Operation, problem: &Value, window: Window) -> bool {
        let Kind::Block { agent, slot, keep: false } = &operation.kind else { return false };
        let listed = problem["appointments"].as_array().unwrap().len();
        self.timeline.calendars(agent, window).any(|calendar| {
            let taken = calendar.iter().filter(|live| !live.is_hold() && !live.is_block());
            listed > 0 && taken.filter(|live| live.overlaps(*slot)).count() == listed
        })
    }
}

/// Whether it is an appointment of the operation's lead in that slot: neither the one that moves, nor what the operation
/// has itself made before.
fn is_of_lead(live: &Live, operation: &Operation, slot: Slot, moving: &str) -> bool {
    let is_appointment = matches!(live.takes, Takes::Appointment | Takes::Reservation);
    let is_another = live.of != moving && live.operation != operation.id;
    is_appointment && is_another && live.lead == operation.lead() && live.overlaps(slot)
}

/// What has to be said of a slot that this is in.
fn why(live: &Live) -> &'static str {
    match live.takes {
        Takes::Appointment | Takes::Reservation => "already_booked",
        Takes::Hold => "held",
        Takes::Block => "blocked",
    }
}

/// Whether an appointment that is like this can change so.
fn allows(attempt: &Attempt, standing: &Standing) -> bool {
    let Kind::Change { change, .. } = &attempt.operation.kind else { return true };
    let has_outcome = ["completed", "no_show"].contains(&standing.status);
    match change {
        Change::Correct(_) => standing.is_open() || has_outcome,
        Change::Reinstate => {
            standing.is_open() || standing.status == "cancelled" && attempt.clock.1 < standing.start
        }
        _ => standing.is_open(),
    }
}
