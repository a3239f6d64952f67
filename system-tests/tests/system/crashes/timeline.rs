//! The log folded into every state that there ever was, with the rules that each of them has to keep.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::log::Event;

/// An appointment that takes an agent's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) appointment: String,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) is_confirmed: bool,
}

/// A stretch of the log, by positions: what was in it before a request was sent, and what came after its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// The state was at least as new as this.
    pub(crate) from: u64,
    /// And older than this.
    pub(crate) until: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// For each agent, the appointments after each event, and the event's position.
    calendars: HashMap<String, Vec<(u64, Vec<Live>)>>,
    /// When each was called off.
    cancelled_at: HashMap<String, u64>,
}

impl Timeline {
    /// Folds the log; fails at the first event after which a rule is broken.
    pub(crate) fn of(events: &[Event]) -> Self {
        let mut timeline = Self::default();
        let mut latest: HashMap<&str, &Event> = HashMap::new();
        for event in events {
            if let Some(last) = latest.insert(&event.agent, event) {
                assert_eq!(event.revision, last.revision + 1, "a hole or a double: {last:?} {event:?}");
            }
            let states =
                timeline.calendars.entry(event.agent.clone()).or_insert_with(|| vec![(0, Vec::new())]);
            let mut calendar = states.last().unwrap().1.clone();
            take(&mut calendar, event);
            assert_no_overlap(&calendar, event);
            states.push((event.position, calendar));
            if event.kind == "AppointmentCancelled" {
                let earlier = timeline.cancelled_at.insert(event.appointment.clone(), event.position);
                assert_eq!(earlier, None, "cancelled twice: {event:?}");
            }
        }
        timeline
    }

    /// The states of an agent's calendar that a decision within the window can have been made on.
    pub(crate) fn states(&self, agent: &str, window: Window) -> impl Iterator<Item = &[Live]> {
        let states = &self.calendars[agent];
        let ends = states.iter().skip(1).map(|(position, _)| *position).chain([u64::MAX]);
        let within = move |begins: u64, ends: u64| begins < window.until && window.from < ends;
        states
            .iter()
            .zip(ends)
            .filter(move |((begins, _), ends)| within(*begins, *ends))
            .map(|((_, live), _)| &live[..])
    }

    /// Whether an appointment stood like this, with any agent, at some moment of the window.
    pub(crate) fn stood(&self, appointment: &str, window: Window, like: impl Fn(&Live) -> bool) -> bool {
        let mut states = self.calendars.keys().flat_map(|agent| self.states(agent, window)).flatten();
        states.any(|live| live.appointment == appointment && like(live))
    }

    /// Whether it can have been seen in the window that the appointment is called off.
    pub(crate) fn was_cancelled(&self, appointment: &str, window: Window) -> bool {
        self.cancelled_at.get(appointment).is_some_and(|position| *position < window.until)
    }

    /// The agents who have the appointment at the end.
    pub(crate) fn holders(&self, appointment: &str) -> Vec<&str> {
        let has = |states: &Vec<(u64, Vec<Live>)>| {
            states.last().unwrap().1.iter().any(|live| live.appointment == appointment)
        };
        self.calendars.iter().filter(|(_, states)| has(states)).map(|(agent, _)| agent.as_str()).collect()
    }

    /// Whether it was ever called off.
    pub(crate) fn is_cancelled(&self, appointment: &str) -> bool {
        self.cancelled_at.contains_key(appointment)
    }
}

fn take(calendar: &mut Vec<Live>, event: &Event) {
    let place = calendar.iter().position(|live| live.appointment == event.appointment);
    match (event.kind.as_str(), place) {
        ("AppointmentBooked", None) => {
            let (start, end) = event.interval.unwrap();
            let appointment = event.appointment.clone();
            calendar.push(Live { appointment, start, end, is_confirmed: false });
        }
        ("AppointmentConfirmed", Some(place)) => {
            assert!(!calendar[place].is_confirmed, "confirmed twice: {event:?}");
            calendar[place].is_confirmed = true;
        }
        ("AppointmentRescheduled", Some(place)) => {
            let (start, end) = event.interval.unwrap();
            assert_ne!(calendar[place].start, start, "moved to where it was: {event:?}");
            calendar[place] = Live { start, end, is_confirmed: false, ..calendar[place].clone() };
        }
        ("AppointmentCancelled" | "AppointmentReassigned", Some(place)) => {
            calendar.remove(place);
        }
        _ => panic!("does not follow from {calendar:?}: {event:?}"),
    }
}

fn assert_no_overlap(calendar: &[Live], event: &Event) {
    for (number, one) in calendar.iter().enumerate() {
        for other in &calendar[number + 1..] {
            let overlap = one.start < other.end && other.start < one.end;
            assert!(!overlap, "{one:?} and {other:?} overlap after {event:?}");
        }
    }
}
