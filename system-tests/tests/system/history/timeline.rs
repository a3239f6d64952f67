//! The log folded into every state that there ever was, with the rules that each of them has to keep.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::log::Event;
use super::order::Window;

/// An appointment or a hold that takes an agent's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) id: String,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) is_confirmed: bool,
    pub(crate) is_hold: bool,
}

impl Live {
    pub(crate) fn overlaps(&self, (start, end): (DateTime<Utc>, DateTime<Utc>)) -> bool {
        self.start < end && start < self.end
    }
}

/// Whether one more fits beside all those in a calendar but the one that moves: alone, or at exactly the same time as
/// fewer others than may share a slot.
pub(crate) fn has_room(
    calendar: &[Live],
    slot: (DateTime<Utc>, DateTime<Utc>),
    capacity: usize,
    moving: &str,
) -> bool {
    let others: Vec<&Live> =
        calendar.iter().filter(|live| live.overlaps(slot) && live.id != moving).collect();
    others.len() < capacity && others.iter().all(|live| (live.start, live.end) == slot)
}

#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// For each agent, what takes its time after each event, and the event's position.
    calendars: HashMap<String, Vec<(u64, Vec<Live>)>>,
    /// When each was called off.
    cancelled_at: HashMap<String, u64>,
}

impl Timeline {
    /// Folds the log; fails at the first event after which a rule is broken, such as that no slot is shared by more than
    /// the agent's capacity.
    pub(crate) fn of(events: &[Event], capacity: impl Fn(&str) -> usize) -> Self {
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
            assert_no_overlap(&calendar, event, capacity(&event.agent));
            states.push((event.position, calendar));
            if event.kind == "AppointmentCancelled" {
                let earlier = timeline.cancelled_at.insert(event.id.clone(), event.position);
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
        states.any(|live| live.id == appointment && like(live))
    }

    /// Whether it can have been seen in the window that the appointment is called off.
    pub(crate) fn was_cancelled(&self, appointment: &str, window: Window) -> bool {
        self.cancelled_at.get(appointment).is_some_and(|position| *position < window.until)
    }

    /// What takes an agent's time in the end.
    pub(crate) fn last(&self, agent: &str) -> &[Live] {
        &self.calendars[agent].last().unwrap().1
    }

    /// The agents who have the appointment at the end.
    pub(crate) fn holders(&self, appointment: &str) -> Vec<&str> {
        let has = |states: &Vec<(u64, Vec<Live>)>| {
            states.last().unwrap().1.iter().any(|live| live.id == appointment)
        };
        self.calendars.iter().filter(|(_, states)| has(states)).map(|(agent, _)| agent.as_str()).collect()
    }

    /// Whether it was ever called off.
    pub(crate) fn is_cancelled(&self, appointment: &str) -> bool {
        self.cancelled_at.contains_key(appointment)
    }
}

fn take(calendar: &mut Vec<Live>, event: &Event) {
    if let Some(hold) = &event.hold {
        let place = calendar.iter().position(|live| live.is_hold && live.id == *hold);
        calendar.remove(place.unwrap_or_else(|| panic!("no such hold in {calendar:?}: {event:?}")));
    }
    let place = calendar.iter().position(|live| live.id == event.id);
    match (event.kind.as_str(), place) {
        ("AppointmentBooked" | "SlotHeld", None) => {
            let (start, end) = event.interval.unwrap();
            let is_hold = event.kind == "SlotHeld";
            calendar.push(Live { id: event.id.clone(), start, end, is_confirmed: false, is_hold });
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
        ("AppointmentCancelled" | "AppointmentReassigned" | "HoldReleased", Some(place)) => {
            calendar.remove(place);
        }
        _ => panic!("does not follow from {calendar:?}: {event:?}"),
    }
}

fn assert_no_overlap(calendar: &[Live], event: &Event, capacity: usize) {
    for one in calendar {
        let fits = has_room(calendar, (one.start, one.end), capacity, &one.id);
        assert!(fits, "{one:?} and others overlap after {event:?}: {calendar:?}");
    }
}
