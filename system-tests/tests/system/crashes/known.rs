//! What the clients have learned from answers, and what they ask for next.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use system_tests::{SeededRng, now};
use uuid::Uuid;

use super::attempt::Attempt;
use super::operation::{AGENTS, Change, Kind, Operation, SHORT, TTL_SECONDS};
use crate::history::calendar::Slot;
use crate::support::{CALL, VISIT, at, instant};

/// How many half hours are fought over.
const SLOTS: usize = 30;
/// The latest are the ones that others are busy with as well.
const RECENT: usize = 60;
const MAX_BLOCKS: usize = 3;

#[derive(Debug, Default)]
pub(crate) struct Known {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// With its lead.
    appointments: Vec<(String, String)>,
    /// Those that were cancelled, too.
    cancelled: Vec<(String, String)>,
    versions: HashMap<String, u64>,
    /// The one that was changed last: others may not have heard of it.
    hottest: Option<(String, String)>,
    holds: Vec<Held>,
    /// With its agent.
    blocks: Vec<(String, String)>,
    accepted: Vec<Operation>,
    /// Every appointment, hold and block: the first that is heard of one may be a repeated answer.
    seen: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Held {
    agent: String,
    hold: String,
    lead: String,
    slot: Slot,
}

impl Known {
    /// Learns from an answer.
    pub(crate) fn note(&self, attempt: &Attempt) {
        let Some(body) = attempt.accepted() else { return };
        let mut inner = self.inner.lock().unwrap();
        let member = |name: &str| body[name].as_str().unwrap().to_owned();
        let lead = attempt.operation.lead().to_owned();
        match &attempt.operation.kind {
            Kind::Book { .. } | Kind::BookHeld { .. } => {
                let id = member("appointment_id");
                if inner.is_new(&id) {
                    inner.appointments.push((id, lead.clone()));
                }
            }
            Kind::Hold { .. } => {
                let (hold, agent) = (member("hold_id"), member("agent_id"));
                if inner.is_new(&hold) {
                    let slot = (instant(&body["start"]), instant(&body["end"]));
                    inner.holds.push(Held { agent, hold, lead: lead.clone(), slot });
                }
            }
            Kind::Block { agent, .. } => {
                let block = member("block_id");
                if inner.is_new(&block) {
                    inner.blocks.push(((*agent).to_owned(), block));
                }
            }
            Kind::Change { appointment, change: Change::Reinstate, .. }
                if !inner.appointments.iter().any(|(known, _)| known == appointment) =>
            {
                inner.appointments.push((appointment.clone(), lead.clone()));
            }
            Kind::Change { appointment, change, .. } if change.is_last() => {
                if *change == Change::Cancel {
                    inner.cancelled.push((appointment.clone(), lead.clone()));
                }
                // Some are still asked for, which has to be refused.
                let place = inner.appointments.iter().position(|(known, _)| known == appointment);
                if let Some(place) = place.filter(|_| !inner.accepted.len().is_multiple_of(8)) {
                    inner.appointments.swap_remove(place);
                }
            }
            _ => {}
        }
        if let Some(appointment) = body["appointment_id"].as_str() {
            let version = inner.versions.entry(appointment.to_owned()).or_default();
            *version = body["version"].as_u64().unwrap().max(*version);
            inner.hottest = Some((appointment.to_owned(), lead));
        }
        // What is told of a bulk move is another thing each time, until it is over.
        if !matches!(attempt.operation.kind, Kind::BulkMove { .. }) {
            inner.accepted.push(attempt.operation.clone());
        }
    }

    /// Any operation.
    pub(crate) fn any(&self, dice: &mut SeededRng) -> Operation {
        let inner = &mut *self.inner.lock().unwrap();
        let id = Uuid::from_u64_pair(dice.throw(), dice.throw()).to_string();
        let kind = inner.kind(dice, &format!("lead-{id}"));
        let mut if_match = None;
        if let Kind::Change { appointment, .. } = &kind {
            let version = inner.versions[appointment];
            if_match = match dice.below(10) {
                0..3 => Some(version),
                3 => Some(version.saturating_sub(1)),
                _ => None,
            };
        }
        // Nobody could unblock what was blocked unheard of.
        let has_key = matches!(kind, Kind::Block { .. }) || !dice.one_in(8);
        let mut key = has_key.then(|| id.clone());
        let is_bulk = matches!(kind, Kind::BulkMove { .. });
        if dice.one_in(40) && !inner.accepted.is_empty() && !is_bulk {
            // A key that stands for something else.
            let count = *dice.pick(&[1, 200]);
            let other = latest(dice, &inner.accepted, count);
            if other.kind != kind {
                key.clone_from(&other.key);
            }
        }
        Operation { id, key, if_match, kind }
    }

    /// One that was accepted at any time before, to be sent again.
    pub(crate) fn earlier(&self, dice: &mut SeededRng) -> Option<Operation> {
        let inner = self.inner.lock().unwrap();
        let of_all = dice.one_in(3);
        let count = if of_all { inner.accepted.len() } else { 100 };
        let one = (!inner.accepted.is_empty()).then(|| latest(dice, &inner.accepted, count).clone())?;
        one.key.is_some().then_some(one)
    }
}

impl Inner {
    fn is_new(&mut self, id: &str) -> bool {
        self.seen.insert(id.to_owned())
    }

    fn kind(&mut self, dice: &mut SeededRng, lead: &str) -> Kind {
        let lead = lead.to_owned();
        let choice = if self.appointments.is_empty() { 0 } else { dice.below(40) };
        match choice {
            0..9 => {
                let appointment_type = *dice.pick(&[VISIT, VISIT, VISIT, CALL, CALL, SHORT]);
                let start = match appointment_type {
                    VISIT => half_hour(dice),
                    CALL => half_hour(dice) + TimeDelta::minutes(if dice.one_in(2) { 15 } else { 0 }),
                    _ => next_minute(dice),
                };
                let agent = (!dice.one_in(4)).then(|| any_agent(dice));
                let force = agent.is_some() && dice.one_in(6);
                Kind::Book { agent, appointment_type, start, lead, force }
            }
            9..12 => {
                let of_appointment = dice.one_in(3).then(|| latest(dice, &self.appointments, RECENT));
                let lead = of_appointment.map_or(lead, |(_, lead)| lead.clone());
                let ttl_seconds = *dice.pick(TTL_SECONDS);
                Kind::Hold { agent: any_agent(dice), start: half_hour(dice), lead, ttl_seconds }
            }
            12..15 if !self.holds.is_empty() => self.of_hold(dice),
            15 if self.blocks.len() < MAX_BLOCKS => {
                let start = half_hour(dice) + TimeDelta::minutes(15);
                let slot = (start, start + TimeDelta::minutes(30));
                Kind::Block { agent: any_agent(dice), slot, keep: dice.one_in(2) }
            }
            15..17 if !self.blocks.is_empty() => {
                let place = dice.below(self.blocks.len());
                let (agent, block) = self.blocks.swap_remove(place);
                Kind::Unblock { agent, block }
            }
            17 if dice.one_in(2) => {
                let start = half_hour(dice);
                Kind::BulkMove { agent: any_agent(dice), slot: (start, start + TimeDelta::hours(2)) }
            }
            _ => {
                let hottest = self.hottest.clone().filter(|_| dice.one_in(4));
                let (appointment, lead) =
                    hottest.unwrap_or_else(|| latest(dice, &self.appointments, RECENT).clone());
                let change = match dice.below(24) {
                    20 | 21 => Change::Note(dice.pick::<&str>(&["Calls before", "Comes late", "Has a dog"])),
                    22 => Change::Correct(dice.pick::<&str>(&["completed", "no_show"])),
                    23 if !self.cancelled.is_empty() => {
                        let (appointment, lead) = latest(dice, &self.cancelled, RECENT).clone();
                        return Kind::Change { appointment, lead, change: Change::Reinstate };
                    }
                    23 => Change::Reinstate,
                    0..3 => Change::Confirm,
                    3..7 => Change::Cancel,
                    7 => *dice.pick(&[Change::Complete, Change::NoShow]),
                    8..10 => Change::Reschedule(half_hour(dice)),
                    10 => Change::Force(half_hour(dice)),
                    11..15 => Change::Move(any_agent(dice), half_hour(dice)),
                    _ => Change::Reassign(any_agent(dice)),
                };
                Kind::Change { appointment, lead, change }
            }
        }
    }

    fn of_hold(&mut self, dice: &mut SeededRng) -> Kind {
        let place = dice.below(self.holds.len());
        // Sometimes it is used twice.
        let is_kept = dice.one_in(4);
        let Held { agent, hold, lead, slot } =
            if is_kept { self.holds[place].clone() } else { self.holds.swap_remove(place) };
        if dice.one_in(4) { Kind::Release { hold } } else { Kind::BookHeld { agent, hold, lead, slot } }
    }
}

fn latest<'a, T>(dice: &mut SeededRng, from: &'a [T], count: usize) -> &'a T {
    dice.pick(&from[from.len().saturating_sub(count)..])
}

fn half_hour(dice: &mut SeededRng) -> DateTime<Utc> {
    at(5, 30 * i64::try_from(dice.below(SLOTS)).unwrap())
}

fn next_minute(dice: &mut SeededRng) -> DateTime<Utc> {
    let minutes = now().timestamp() / 60 + 1 + i64::try_from(dice.below(2)).unwrap();
    DateTime::from_timestamp(minutes * 60, 0).unwrap()
}

fn any_agent(dice: &mut SeededRng) -> &'static str {
    AGENTS[dice.below(AGENTS.len())]
}
