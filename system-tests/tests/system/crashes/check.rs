//! What was answered, against the log.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::operation::{AGENTS, Answered, Kind};
use crate::history::log::Event;
use crate::history::order::{Effect, Order, Window};
use crate::history::timeline::{Live, Timeline, has_room};
use crate::support::{VISIT, instant};

/// Everything that was answered, and everything that is stored.
pub(crate) struct Check<'a> {
    answered: &'a [Answered],
    events: HashMap<&'a str, Vec<&'a Event>>,
    timeline: Timeline,
    order: Order,
}

impl<'a> Check<'a> {
    pub(crate) fn new(answered: &'a [Answered], log: &'a [Event]) -> Self {
        let mut events: HashMap<&str, Vec<&Event>> = HashMap::new();
        for event in log {
            events.entry(&event.operation).or_default().push(event);
        }
        let done = answered.iter().filter_map(|answered| {
            let events = events.get(answered.operation.id.as_str())?;
            let (first, last) = (events[0].position, events.last().unwrap().position);
            Some(Effect { sent_at: answered.sent_at, done_at: answered.done_at, first, last })
        });
        let order = Order::of(&done.collect::<Vec<_>>());
        Self { answered, events, timeline: Timeline::of(log, |_| 1), order }
    }

    /// Every rule, for every operation. Gives the number of those that were accepted.
    pub(crate) fn run(&self) -> usize {
        let accepted = self.answered.iter().filter(|answered| self.one(answered)).count();
        for answered in self.answered {
            let accepted = answered.accepted();
            if let (Kind::Book { .. }, Some(body)) = (&answered.operation.kind, accepted) {
                let id = body["appointment_id"].as_str().unwrap();
                let holders = self.timeline.holders(id);
                let expected = usize::from(!self.timeline.is_cancelled(id));
                assert_eq!(holders.len(), expected, "{id} is in the calendars of {holders:?}");
            }
        }
        accepted
    }

    fn one(&self, answered: &Answered) -> bool {
        let events = self.events.get(answered.operation.id.as_str()).map_or(&[][..], |events| events);
        let window = self.order.window(answered.sent_at, answered.done_at);
        if let Some(first) = events.first() {
            assert!(window.from < first.position, "before what was answered before: {answered:?} {events:?}");
        }
        match answered.accepted() {
            Some(_) if answered.operation.is_reassignment() => self.reassigned(answered, window),
            Some(body) => self.accepted(answered, &body, events, window),
            None if answered.operation.is_reassignment() => self.refused(answered, window),
            None => {
                assert!(events.is_empty(), "refused, and done: {answered:?} {events:?}");
                self.refused(answered, window);
            }
        }
        answered.answer.status.is_success()
    }

    /// Effect once, where and when the answer says; or it was so already.
    fn accepted(&self, answered: &Answered, body: &Value, events: &[&Event], window: Window) {
        let (kind, id) = (&answered.operation.kind, body["appointment_id"].as_str().unwrap());
        let [event] = events else {
            assert!(events.is_empty(), "done {} times: {answered:?} {events:?}", events.len());
            let was_so = match kind {
                Kind::Confirm { .. } => self.timeline.stood(id, window, |live| live.is_confirmed),
                Kind::Cancel { .. } => self.timeline.was_cancelled(id, window),
                Kind::Reschedule { start, .. } => {
                    self.timeline.stood(id, window, |live| live.start == *start)
                }
                Kind::Book { .. } | Kind::Reassign { .. } => false,
            };
            assert!(was_so, "accepted, and not done: {answered:?}");
            return;
        };
        assert_eq!(event.kind, answered.operation.event_type(), "{answered:?}");
        assert_eq!(event.id, id, "{answered:?}");
        assert_eq!(body["version"], event.version, "{answered:?}");
        assert_eq!(body["agent_id"], event.agent, "{answered:?}");
        assert!(event.position <= body["position"].as_u64().unwrap(), "{answered:?} {event:?}");
        if let Kind::Book { start, .. } | Kind::Reschedule { start, .. } = kind {
            assert_eq!(event.interval.unwrap().0, *start, "{answered:?}");
            assert_eq!(instant(&body["start"]), *start, "{answered:?}");
        }
    }

    fn reassigned(&self, answered: &Answered, window: Window) {
        let Kind::Reassign { appointment, to } = &answered.operation.kind else { return };
        let is_it = |live: &Live| live.id == *appointment;
        let arrived = self.timeline.states(to, window).any(|calendar| calendar.iter().any(is_it));
        assert!(arrived, "accepted, and never with {to}: {answered:?}");
    }

    /// For a reason that held at some moment between the request and the answer.
    fn refused(&self, answered: &Answered, window: Window) {
        let problem = answered.answer.problem();
        let appointment = answered.operation.appointment();
        let justified = match problem["code"].as_str().unwrap() {
            "slot_unavailable" => {
                assert_eq!(problem["reason"], "already_booked", "{answered:?}");
                self.slot_was_taken(answered, &problem, window)
            }
            "invalid_transition" => {
                assert_eq!(problem["appointment_status"], "cancelled", "{answered:?}");
                self.timeline.was_cancelled(appointment.unwrap(), window)
            }
            // Only where a move meets a change of the same appointment.
            "stale_version" if answered.operation.is_reassignment() => {
                self.events.values().flatten().any(|event| {
                    Some(event.id.as_str()) == appointment
                        && window.from < event.position
                        && event.position < window.until
                })
            }
            _ => false,
        };
        assert!(justified, "refused without a reason in {window:?}: {answered:?}");
    }

    fn slot_was_taken(&self, answered: &Answered, problem: &Value, window: Window) -> bool {
        let alternatives = problem["alternatives"].as_array().unwrap();
        assert!(alternatives.len() <= 3, "{answered:?}");
        match &answered.operation.kind {
            Kind::Book { agent, appointment_type, start } => {
                let length = TimeDelta::minutes(if *appointment_type == VISIT { 30 } else { 15 });
                let wanted = (*start, *start + length);
                let taken =
                    |agent| self.timeline.states(agent, window).any(|live| !is_free(live, wanted, ""));
                match agent {
                    // In one and the same state the slot is taken and what is offered instead is free.
                    Some(agent) => self.timeline.states(agent, window).any(|live| {
                        !is_free(live, wanted, "")
                            && alternatives.iter().all(|other| is_free(live, interval(other), ""))
                    }),
                    None => AGENTS.iter().all(|agent| taken(agent)),
                }
            }
            Kind::Reschedule { appointment, start } => AGENTS.iter().any(|agent| {
                self.timeline.states(agent, window).any(|live| {
                    let own = live.iter().find(|live| live.id == *appointment);
                    own.is_some_and(|own| {
                        !is_free(live, (*start, *start + (own.end - own.start)), appointment)
                            && alternatives.iter().all(|other| is_free(live, interval(other), appointment))
                    })
                })
            }),
            // It is read with one agent and then asked of the other: two states, each in the window.
            Kind::Reassign { appointment, to } => self.timeline.stood(appointment, window, |own| {
                self.timeline.states(to, window).any(|live| !is_free(live, (own.start, own.end), appointment))
            }),
            Kind::Confirm { .. } | Kind::Cancel { .. } => false,
        }
    }
}

fn is_free(calendar: &[Live], slot: (DateTime<Utc>, DateTime<Utc>), moving: &str) -> bool {
    has_room(calendar, slot, 1, moving)
}

fn interval(slot: &Value) -> (DateTime<Utc>, DateTime<Utc>) {
    (instant(&slot["start"]), instant(&slot["end"]))
}
