//! What has to hold in every state, and what is seen to happen.

use std::collections::BTreeSet;

use domain::Answer;
use schemas::{AgentId, AppointmentId};

use super::processes::{At, DAYS, End, Next, agent};
use super::system::State;

/// One state, read naively.
pub(crate) struct Facts<'a> {
    /// For each day: the agents whom its open claim has gone to, and how many claims were released.
    days: Vec<(&'a [AgentId], usize)>,
    /// What the command has booked.
    bookings: Vec<(AgentId, AppointmentId)>,
    ends: Vec<&'a End>,
    /// Whether a process has not ended.
    is_under_way: bool,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(streams: &[&'a State], at: &[&'a At]) -> Self {
        let (mut days, mut bookings) = (Vec::new(), Vec::new());
        for (number, state) in streams.iter().enumerate() {
            match state {
                State::Day(_, went_to, released) => days.push((went_to.as_slice(), *released)),
                State::OfAgent(_, booked) => {
                    bookings.extend(booked.iter().map(|id| (agent(number - DAYS), *id)));
                }
            }
        }
        let end = |at: &&'a At| if let Next::Ended(end) = &at.next { Some(end) } else { None };
        let ends: Vec<_> = at.iter().filter_map(end).collect();
        Self { days, bookings, is_under_way: ends.len() < at.len(), ends }
    }

    /// What does not hold.
    pub(crate) fn wrong(&self) -> Option<String> {
        if self.bookings.len() > 1 {
            return Some(format!("one command has booked {:?}", self.bookings));
        }
        for answer in self.answers() {
            let Answer::Appointment(said) = answer else { return Some(format!("answered {answer:?}")) };
            if self.bookings != [(said.agent_id.clone(), said.appointment_id)] {
                return Some(format!("answered {said:?}, and there is {:?}", self.bookings));
            }
        }
        if let Some((one, other)) =
            self.answers().zip(self.answers().skip(1)).find(|(one, other)| one != other)
        {
            return Some(format!("answered {one:?} and {other:?}"));
        }
        if self.days.iter().any(|(went_to, _)| went_to.iter().collect::<BTreeSet<_>>().len() < went_to.len())
        {
            return Some("a claim goes back to an agent where it is ruled out".to_owned());
        }
        let is_claimed = self.days.iter().any(|(went_to, _)| !went_to.is_empty());
        if self.is_under_way || !is_claimed || self.answers().next().is_some() {
            None
        } else if self.ends.contains(&&End::Elsewhere) {
            Some("nobody goes on with a claim that is ruled out".to_owned())
        } else if self.ends.contains(&&End::Stopped) {
            None
        } else {
            Some("all have refused it, and a claim is left".to_owned())
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &'static str> {
        let count = |wanted: fn(&End) -> bool| self.ends.iter().filter(|end| wanted(end)).count();
        let booked_with = |number| self.bookings.iter().any(|(agent_id, _)| *agent_id == agent(number));
        let is_claimed = |day: usize| !self.days[day].0.is_empty();
        let is_any = |of: fn(usize, usize) -> bool| {
            self.days.iter().any(|(went_to, released)| of(went_to.len(), *released))
        };
        let seen = [
            ("it is claimed yesterday", is_claimed(0)),
            ("it is claimed today", is_claimed(1)),
            ("a claim is passed on", is_any(|agents, _| agents > 1)),
            ("it is claimed anew", is_any(|agents, released| agents > 0 && released > 0)),
            ("the first agent has it", booked_with(0)),
            ("the second agent has it", booked_with(1)),
            ("both are answered", self.answers().count() > 1),
            ("both are refused", count(|end| *end == End::Refused) > 1),
            ("one has stopped", count(|end| *end == End::Stopped) > 0),
        ];
        seen.into_iter().filter(|(_, is_seen)| *is_seen).map(|(what, _)| what)
    }

    /// The answers of success.
    fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.ends.iter().filter_map(|end| if let End::Booked(answer) = end { Some(answer) } else { None })
    }
}
