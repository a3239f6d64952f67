//! What was answered, against the log.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::operation::{AGENTS, Answered, Kind};
use crate::history::calendar::{Calendar, Live, has_room};
use crate::history::log::{Event, is_effect};
use crate::history::order::{Effect, Order};
use crate::history::timeline::Timeline;
use crate::support::instant;

/// Everything that was answered, and everything that is stored.
///
/// The order that is checked here is that of each agent's stream.
pub(crate) struct Check<'a> {
    answered: &'a [Answered],
    events: HashMap<String, Event>,
    timeline: Timeline,
    orders: HashMap<&'static str, Order>,
}

impl<'a> Check<'a> {
    /// `log` has every event of appointments and holds.
    pub(crate) fn new(answered: &'a [Answered], log: Vec<Event>) -> Self {
        let in_order = |event: Event| Event { position: event.revision, ..event };
        let mut log: Vec<Event> = log.into_iter().map(in_order).collect();
        log.sort_by(|one, other| (&one.agent, one.revision).cmp(&(&other.agent, other.revision)));
        let timeline = Timeline::of(&log, capacity);
        // With whom a booking goes to any agent is agreed on by steps of its own.
        log.retain(|event| is_effect(&event.kind));
        let count = log.len();
        let events: HashMap<_, _> = log.into_iter().map(|event| (event.operation.clone(), event)).collect();
        assert_eq!(events.len(), count, "an operation led to two events");
        let orders = AGENTS.iter().map(|(agent, _)| (*agent, order(agent, answered, &events))).collect();
        Self { answered, events, timeline, orders }
    }

    /// Every rule, for every operation. Gives how many were refused for each reason.
    pub(crate) fn run(&self) -> HashMap<String, usize> {
        let mut refusals = HashMap::new();
        let mut accepted = 0;
        for answered in self.answered {
            if let Some(body) = answered.accepted() {
                self.accepted(answered, &body);
                accepted += 1;
            } else {
                *refusals.entry(self.refused(answered)).or_default() += 1;
            }
        }
        assert_eq!(self.events.len(), accepted, "there is more in the log than was answered");
        refusals
    }

    /// Every one of these slots is taken by as many appointments as share it, with every agent, and nothing else is.
    pub(crate) fn assert_full(&self, starts: &[DateTime<Utc>]) {
        for (agent, capacity) in AGENTS {
            let live = self.timeline.last(agent);
            for start in starts {
                let appointments = live.iter().filter(|live| live.slot.0 == *start && !live.is_hold());
                assert_eq!(appointments.count(), *capacity, "with {agent} at {start}");
            }
            assert_eq!(live.len(), capacity * starts.len(), "with {agent}: {live:?}");
        }
    }

    /// Effect once, where and when the answer says, and after what was answered before.
    fn accepted(&self, answered: &Answered, body: &Value) {
        let operation = &answered.operation;
        let event = self.events.get(&operation.id);
        let event = event.unwrap_or_else(|| panic!("accepted, and not done: {answered:?}"));
        assert_eq!(event.kind, operation.event_type(), "{answered:?} {event:?}");
        let version = if event.kind == "HoldReleased" { 2 } else { 1 };
        assert_eq!(body["version"], version, "{answered:?} {event:?}");
        assert!(operation.agent().is_none_or(|agent| event.agent == agent), "{answered:?} {event:?}");
        if let Some(slot) = event.interval {
            assert_eq!(slot, operation.slot(), "{answered:?} {event:?}");
            assert_eq!((body["agent_id"].as_str(), instant(&body["start"])), (Some(&*event.agent), slot.0));
        }
        let used = if let Kind::BookHeld { hold, .. } = &operation.kind { Some(hold) } else { None };
        assert_eq!(event.hold.as_ref(), used, "{answered:?} {event:?}");
        let window = self.orders[&*event.agent].window(answered.sent_at, answered.done_at);
        assert!(window.from < event.revision, "before what was answered before: {answered:?} {event:?}");
    }

    /// For a reason that held at some moment between the request and the answer. Gives the reason.
    fn refused(&self, answered: &Answered) -> String {
        let operation = &answered.operation;
        assert!(!self.events.contains_key(&operation.id), "refused, and done: {answered:?}");
        let has_hold = matches!(operation.kind, Kind::BookHeld { .. } | Kind::Release { .. });
        assert!(!has_hold, "what was held was not to be had: {answered:?}");
        let problem = answered.answer.refused(409, "slot_unavailable");
        let reason = problem["reason"].as_str().unwrap();
        let others = problem["alternatives"].as_array().unwrap();
        assert!(others.len() <= 3, "{answered:?}");
        let is_justified = if let Some(agent) = operation.agent() {
            // In one and the same state the slot is full and what is offered instead with that agent is not; what is offered
            // with another agent was so at some moment.
            let is_here = |other: &&Value| other.get("agent_id").is_none_or(|of| of == agent);
            let (here, elsewhere): (Vec<&Value>, Vec<&Value>) = others.iter().partition(is_here);
            let is_justified = self.states(agent, answered).any(|live| {
                why_full(live, operation.slot(), capacity(agent)) == Some(reason)
                    && here.iter().all(|other| has_room(those(live), interval(other), capacity(agent), ""))
            });
            is_justified && elsewhere.iter().all(|other| self.had_room(answered, other))
        } else {
            // Each agent is asked at a time of its own.
            let why = |agent, live: &Calendar| why_full(live, operation.slot(), capacity(agent));
            let was_full = |agent| self.states(agent, answered).any(|live| why(agent, live).is_some());
            let gave_it = |agent| self.states(agent, answered).any(|live| why(agent, live) == Some(reason));
            AGENTS.iter().all(|(agent, _)| was_full(*agent))
                && AGENTS.iter().any(|(agent, _)| gave_it(*agent))
                && others.iter().all(|other| self.had_room(answered, other))
        };
        assert!(is_justified, "refused without a reason: {answered:?}");
        reason.to_owned()
    }

    /// Whether the agent of what is offered had room for it at some moment between the request and the answer.
    fn had_room(&self, answered: &Answered, offered: &Value) -> bool {
        let agent = offered["agent_id"].as_str().unwrap();
        let has_room = |live: &Calendar| has_room(those(live), interval(offered), capacity(agent), "");
        self.states(agent, answered).any(has_room)
    }

    fn states(&self, agent: &str, answered: &Answered) -> impl Iterator<Item = &Calendar> {
        self.timeline.calendars(agent, self.orders[agent].window(answered.sent_at, answered.done_at))
    }
}

fn order(agent: &str, answered: &[Answered], events: &HashMap<String, Event>) -> Order {
    let done = answered.iter().filter_map(|answered| {
        let event = events.get(&answered.operation.id).filter(|event| event.agent == agent)?;
        let Answered { sent_at, done_at, .. } = *answered;
        Some(Effect { sent_at, done_at, first: event.revision, last: event.revision })
    });
    Order::of(&done.collect::<Vec<_>>())
}

fn capacity(agent: &str) -> usize {
    AGENTS.iter().find(|(known, _)| *known == agent).unwrap().1
}

/// What has to be said of a slot that has no room: an appointment is named before a hold, and where a slot is shared
/// both count alike.
fn why_full(live: &Calendar, slot: (DateTime<Utc>, DateTime<Utc>), capacity: usize) -> Option<&'static str> {
    if has_room(those(live), slot, capacity, "") {
        return None;
    }
    let is_booked = live.iter().any(|live| live.overlaps(slot) && !live.is_hold());
    Some(match capacity {
        1 if is_booked => "already_booked",
        1 => "held",
        _ => "slot_full",
    })
}

fn interval(slot: &Value) -> (DateTime<Utc>, DateTime<Utc>) {
    (instant(&slot["start"]), instant(&slot["end"]))
}

fn those(calendar: &Calendar) -> impl Iterator<Item = &Live> {
    calendar.iter().map(|live| &**live)
}
