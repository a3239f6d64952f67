//! Every state that there ever was, and which of them can be seen in a stretch of the log.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::calendar::Calendar;
use super::fold;
use super::log::Event;
use super::order::Window;
use super::reservations::Reservation;

/// An appointment after one of its changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whose it is, also while it is on its way to them.
    pub(crate) agent: String,
    pub(crate) status: &'static str,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) version: u64,
    pub(crate) notes: Option<String>,
}

impl Standing {
    /// Whether it can still change.
    pub(crate) fn is_open(&self) -> bool {
        ["scheduled", "confirmed"].contains(&self.status)
    }
}

/// A hold or a block from its beginning to its end, which for a hold may be that it expires.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) lead: String,
    pub(crate) begun_at: u64,
    /// Where it ended, and by which operation.
    pub(crate) ended: Option<(u64, String)>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// Values, each from its position on.
pub(crate) type States<T> = Vec<(u64, T)>;

#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// For each agent, what takes its time.
    pub(super) calendars: HashMap<String, States<Calendar>>,
    /// For each appointment, what became of it, wherever it was.
    pub(super) appointments: HashMap<String, States<Standing>>,
    pub(super) reservations: HashMap<String, Reservation>,
    /// Holds and blocks.
    pub(super) spans: HashMap<String, Span>,
}

impl Timeline {
    /// Folds the log; fails at the first event after which a rule is broken, such as that no slot is shared by more than
    /// the agent's capacity.
    pub(crate) fn of(events: &[Event], capacity: impl Fn(&str) -> usize) -> Self {
        fold::fold(events, capacity)
    }

    /// The states of an agent's calendar that a decision within the window can have been made on.
    pub(crate) fn calendars(&self, agent: &str, window: Window) -> impl Iterator<Item = &Calendar> {
        within(self.calendars.get(agent).map_or(&[][..], |states| states), window)
    }

    /// Whether anything ever took the agent's time.
    pub(crate) fn has_calendar(&self, agent: &str) -> bool {
        self.calendars.contains_key(agent)
    }

    /// What an appointment can have been seen as in the window.
    pub(crate) fn standings(&self, appointment: &str, window: Window) -> impl Iterator<Item = &Standing> {
        within(self.appointments.get(appointment).map_or(&[][..], |states| states), window)
    }

    /// What an appointment was right before a position, and right after it.
    pub(crate) fn around(&self, appointment: &str, position: u64) -> [Option<&Standing>; 2] {
        let states = self.appointments.get(appointment).map_or(&[][..], |states| states);
        let last = |count: usize| count.checked_sub(1).map(|last| &states[last].1);
        [position, position + 1].map(|before| last(states.partition_point(|(at, _)| *at < before)))
    }

    /// What took an agent's time right before a position.
    pub(crate) fn calendar_before(&self, agent: &str, position: u64) -> &Calendar {
        let states = &self.calendars[agent];
        &states[states.partition_point(|(at, _)| *at < position) - 1].1
    }

    /// A hold or a block.
    pub(crate) fn span(&self, id: &str) -> &Span {
        &self.spans[id]
    }

    pub(crate) fn spans(&self) -> impl Iterator<Item = &Span> {
        self.spans.values()
    }

    /// What takes an agent's time in the end.
    pub(crate) fn last(&self, agent: &str) -> &Calendar {
        &self.calendars[agent].last().unwrap().1
    }

    /// What became of every appointment.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (&str, &Standing)> {
        self.appointments.iter().map(|(id, states)| (id.as_str(), &states.last().unwrap().1))
    }

    /// The reservations that are neither settled nor released in the end.
    pub(crate) fn unsettled(&self) -> Vec<&str> {
        let open = self.reservations.iter().filter(|(_, reservation)| !reservation.is_closed);
        open.map(|(id, _)| id.as_str()).collect()
    }
}

fn within<T>(states: &[(u64, T)], window: Window) -> impl Iterator<Item = &T> {
    let first = states.partition_point(|(begins, _)| *begins <= window.from).saturating_sub(1);
    let end = states.partition_point(|(begins, _)| *begins < window.until);
    states[first.min(end)..end].iter().map(|(_, state)| state)
}
