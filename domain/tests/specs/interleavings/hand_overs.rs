//! Hand-overs of one appointment between three agents: the streams, and what has to hold.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{Agent, Aggregate, EventContext, Office};
use schemas::event::{AgentEvent as Event, AgentRegistered, AvailabilityRuleAdded};
use schemas::{AgentId, CommandId};

use super::going_on::accepted;
use super::owners::{Facts, each_move_counts, no_overlap, one_owner};
use super::processes::{Agents, At, End, Process, Settling};
use super::rules::{LeftOut, Outcome, decide};
use crate::explorer::{Step, Stream, System, explore};
use crate::given::Given;
use crate::samples::{A, B, agent_id, booked, monday, nobody, office, other_agent, profile, rule};

/// Three agents; A is the first one's, at ten.
pub(crate) struct HandOvers {
    agents: Agents,
    office: Office,
    processes: Vec<Process>,
    left_out: LeftOut,
    /// Whether a process may take its append for lost, and send its command again.
    answers_get_lost: bool,
    /// What was seen to happen, in some state.
    seen: BTreeSet<&'static str>,
}

impl HandOvers {
    pub(crate) fn of(processes: &[Process]) -> Self {
        Self {
            agents: Agents(vec![
                agent_id(),
                other_agent(),
                AgentId::parse("600").expect("a number is an id"),
            ]),
            office: office(),
            processes: processes.to_vec(),
            left_out: LeftOut::Nothing,
            answers_get_lost: false,
            seen: BTreeSet::new(),
        }
    }

    pub(crate) fn without(self, left_out: LeftOut) -> Self {
        Self { left_out, ..self }
    }

    pub(crate) fn with_lost_answers(self) -> Self {
        Self { answers_get_lost: true, ..self }
    }

    /// Explores all, and checks that these things happen in some state.
    pub(crate) fn hold(self, happen: &[&str]) {
        match explore(self) {
            Ok((_, system)) => {
                let missing: Vec<_> = happen.iter().filter(|what| !system.seen.contains(*what)).collect();
                assert!(missing.is_empty(), "{missing:?} never happened: {:?}", system.seen);
            }
            Err(wrong) => panic!("{wrong}"),
        }
    }

    /// Explores until something does not hold; returns what.
    pub(crate) fn breaks(self) -> String {
        match explore(self) {
            Ok((states, _)) => panic!("nothing is wrong in {states} states"),
            Err(wrong) => wrong,
        }
    }
}

impl System for HandOvers {
    type State = (Agent, Facts);
    type Event = (Event, CommandId, String);
    type At = At;

    fn streams(&self) -> Vec<Self::State> {
        let with_hours = |agent_id: &AgentId| {
            let registered = AgentRegistered { agent_id: agent_id.clone(), profile: profile() };
            (0..5).fold(nobody().and(registered), |given: Given<Agent>, day| {
                given.and(AvailabilityRuleAdded { rule: rule(u128::from(day), day, "09:00", "18:00") })
            })
        };
        let mut streams: Vec<Self::State> =
            self.agents.0.iter().map(|id| (with_hours(id).state, Facts::default())).collect();
        let booking = booked(A, monday("10:00"));
        streams[0].0 = with_hours(&self.agents.0[0]).and(booking.clone()).state;
        streams[0].1.note(&booking.into());
        streams
    }

    fn processes(&self) -> Vec<At> {
        self.processes.iter().map(Process::begins).collect()
    }

    fn reads(&self, process: usize, at: &At) -> Option<usize> {
        self.processes[process].reads(at)
    }

    fn read(&self, process: usize, at: &At, stream: &Stream<Self>) -> Step<At, Self::Event> {
        let command = self.processes[process].command(process, at, &self.agents);
        let outcome = decide(self.left_out, &stream.state.0, &command, &self.office);
        let is_fence = matches!(at, At::Settle(Settling::Fence { .. }, _));
        match accepted(&outcome) {
            Some(event) if !(is_fence && self.left_out == LeftOut::FenceBeforeRelease) => {
                Step::Appends((event.clone(), command.command_id, command.digest))
            }
            _ => Step::Goes(self.goes(process, at, &outcome, stream)),
        }
    }

    fn appended(&self, process: usize, at: &At, stream: &Stream<Self>) -> Vec<At> {
        let (event, ..) = stream.events.last().expect("just appended");
        let outcome = Ok(domain::Decision::Accepted(vec![event.clone()]));
        let mut goes = self.goes(process, at, &outcome, stream);
        if self.answers_get_lost {
            goes.push(at.clone());
        }
        goes
    }

    fn evolve(&self, (agent, facts): &mut Self::State, (event, command_id, digest): &Self::Event) {
        let revision = agent.revision().expect("it is registered") + 1;
        let now = monday("08:00");
        agent.evolve(
            event,
            &EventContext {
                may_repeat: true,
                followed_by: 0,
                revision,
                position: revision,
                command_id: *command_id,
                digest: digest.clone(),
                recorded_at: now,
                clock_showed: now,
            },
        );
        facts.note(event);
    }

    fn check(&mut self, streams: &[&Self::State], at: &[&At]) -> Option<String> {
        let agents: Vec<(AgentId, &Facts)> =
            self.agents.0.iter().cloned().zip(streams.iter().map(|(_, facts)| facts)).collect();
        self.look(&agents);
        if let Err(wrong) = no_overlap(&agents) {
            return Some(wrong);
        }
        let time = match one_owner(&agents, A) {
            Ok(time) => time,
            Err(wrong) => return Some(wrong),
        };
        if let Err(wrong) = each_move_counts(&agents) {
            return Some(wrong);
        }
        let last = agents.iter().flat_map(|(_, facts)| &facts.moves).max_by_key(|(_, sequence)| *sequence);
        if let (Some((is, _)), Some((start, _))) = (time, last)
            && is != *start
        {
            return Some("the last move was lost".to_owned());
        }
        let all_ended = at.iter().all(|at| matches!(at, At::Ended(_)));
        if all_ended && agents.iter().any(|(_, facts)| !facts.reserved.is_empty()) {
            return Some("nobody was stopped, and a reservation is left".to_owned());
        }
        for (process, at) in self.processes.iter().zip(at) {
            let At::Ended(End::Done) = at else { continue };
            match (process, time) {
                (Process::Mover { from, to, start, .. }, _) => {
                    let (to, given) = (&self.agents.0[*to], &agents[*from].1.handed_over);
                    let is_it = |begins: DateTime<Utc>| start.is_none_or(|start| start == begins);
                    if !given.values().any(|(receiver, _, (begins, _))| receiver == to && is_it(*begins)) {
                        return Some("a hand-over was answered, and there was none".to_owned());
                    }
                }
                (Process::Canceller, Some(_)) => return Some("its cancellation was answered".to_owned()),
                (Process::Rescheduler { start }, Some(_))
                    if !agents.iter().any(|(_, facts)| facts.moves.iter().any(|(to, _)| to == start)) =>
                {
                    return Some("an answered reschedule was lost".to_owned());
                }
                _ => {}
            }
        }
        None
    }
}

impl HandOvers {
    fn goes(&self, process: usize, at: &At, outcome: &Outcome, stream: &Stream<Self>) -> Vec<At> {
        let events: Vec<_> =
            stream.events.iter().map(|(event, command_id, _)| (event.clone(), *command_id)).collect();
        self.processes[process].goes(at, outcome, &stream.state.0, &events, &self.agents)
    }

    /// Notes what is seen in this state.
    fn look(&mut self, agents: &[(AgentId, &Facts)]) {
        let [(_, first), (_, second), (_, third)] = agents else { panic!("three agents") };
        let is_open = |id| agents.iter().any(|(_, facts)| facts.reserved.contains_key(id));
        let seen = [
            ("it is in transit", agents.iter().any(|(_, facts)| facts.handed_over.keys().any(is_open))),
            ("a reservation is fenced", agents.iter().any(|(_, facts)| !facts.fenced.is_empty())),
            ("it is at three", second.live.get(&A).is_some_and(|(start, _)| *start == monday("15:00"))),
            ("the second has it", second.live.contains_key(&A)),
            ("the third has it", third.live.contains_key(&A)),
            ("the first has it again", !first.received.is_empty() && first.live.contains_key(&A)),
            ("the second has cancelled it", second.cancelled.contains(&A)),
            ("B is booked", second.live.contains_key(&B) || third.live.contains_key(&B)),
        ];
        self.seen.extend(seen.into_iter().filter(|(_, is_seen)| *is_seen).map(|(what, _)| what));
    }
}
