//! Two days' claims and two agents: the streams, and what has to hold.

use std::collections::BTreeSet;

use domain::{Agent, Aggregate, ClaimCommand, Claims, Decision, EventContext, Office};
use schemas::event::{
    AgentEvent, AgentRegistered, AvailabilityRuleAdded, ClaimEvent, ClaimPassedOn, ClaimReleased,
};
use schemas::{AgentId, AppointmentId, CommandId};
use uuid::Uuid;

use super::LeftOut;
use super::going_on::{Reply, reply_of_agent, reply_of_claims};
use super::laws::Facts;
use super::processes::{At, DAYS, End, KEY, Next, Process, Sent, agent};
use crate::explorer::{Step, Stream, System, explore};
use crate::given::Given;
use crate::samples::{monday, nobody, office, profile, rule};

/// A booking that is sent to several processes, and rivals for its time.
pub(crate) struct ClaimedBooking {
    processes: Vec<Process>,
    office: Office,
    left_out: LeftOut,
    /// What was seen to happen, in some state.
    seen: BTreeSet<&'static str>,
}

/// A stream of either kind, with what its events say, read naively.
#[derive(Clone)]
pub(crate) enum State {
    /// The agents whom the open claim has gone to, and how many were released.
    Day(Box<Claims>, Vec<AgentId>, usize),
    /// The appointments that the command has booked.
    OfAgent(Box<Agent>, Vec<AppointmentId>),
}

#[derive(Debug, Clone)]
pub(crate) enum Event {
    OnDay(ClaimEvent),
    OnAgent(Box<AgentEvent>, CommandId, String),
}

impl ClaimedBooking {
    pub(crate) fn of(processes: &[Process]) -> Self {
        let (processes, office, seen) = (processes.to_vec(), office(), BTreeSet::new());
        Self { processes, office, left_out: LeftOut::Nothing, seen }
    }

    pub(crate) fn without(self, left_out: LeftOut) -> Self {
        Self { left_out, ..self }
    }

    /// Explores all, and checks that these things happen in some state.
    pub(crate) fn holds(self, happen: &[&str]) {
        match explore(self) {
            Ok((states, system)) => {
                let missing: Vec<_> = happen.iter().filter(|what| !system.seen.contains(*what)).collect();
                assert!(
                    missing.is_empty(),
                    "{missing:?} never happened in {states} states: {:?}",
                    system.seen
                );
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

impl System for ClaimedBooking {
    type State = State;
    type Event = Event;
    type At = At;

    fn streams(&self) -> Vec<State> {
        let with_hours = |number| {
            let registered = AgentRegistered { agent_id: agent(number), profile: profile() };
            let rule = AvailabilityRuleAdded { rule: rule(0, 0, "09:00", "18:00") };
            let given: Given<Agent> = nobody().and(registered).and(rule);
            State::OfAgent(Box::new(given.state), Vec::new())
        };
        let day = || State::Day(Box::default(), Vec::new(), 0);
        (0..DAYS).map(|_| day()).chain((0..2).map(with_hours)).collect()
    }

    fn processes(&self) -> Vec<At> {
        self.processes.iter().map(Process::begins).collect()
    }

    fn reads(&self, _: usize, at: &At) -> Option<usize> {
        at.next.reads()
    }

    fn read(&self, process: usize, at: &At, stream: &Stream<Self>) -> Step<At, Event> {
        let reply = match (at.next.sends(process, stream.events.len(), self.left_out), &stream.state) {
            (Sent::ToClaims(command), State::Day(claims, ..)) => {
                let closes = command.body == ClaimCommand::Close;
                match Decision::of(&**claims, &command, &(), monday("08:00")) {
                    Ok(Decision::Accepted(events)) if !(closes && self.left_out == LeftOut::Closing) => {
                        return Step::Appends(Event::OnDay(self.changed(&command.body, one(events))));
                    }
                    _ if closes => Reply::ByClaims(Ok(claimed(claims))),
                    outcome => Reply::ByClaims(reply_of_claims(outcome)),
                }
            }
            (Sent::ToAgent(command), State::OfAgent(agent, _)) => {
                match Decision::of(&**agent, &command, &self.office, monday("08:00")) {
                    Ok(Decision::Accepted(events)) if !matches!(at.next, Next::Check(..)) => {
                        return Step::Appends(Event::OnAgent(
                            Box::new(one(events)),
                            command.command_id,
                            command.digest,
                        ));
                    }
                    outcome => Reply::ByAgent(reply_of_agent(outcome)),
                }
            }
            _ => panic!("{at:?} reads another stream than it sends to"),
        };
        Step::Goes(self.processes[process].goes(at, reply, self.left_out))
    }

    fn appended(&self, process: usize, at: &At, stream: &Stream<Self>) -> Vec<At> {
        let reply = match (&stream.state, stream.events.last()) {
            (State::Day(claims, ..), _) => Reply::ByClaims(Ok(claimed(claims))),
            (State::OfAgent(agent, _), Some(Event::OnAgent(_, command_id, _))) => {
                let receipt = agent.receipts().get(*command_id).expect("just carried out");
                Reply::ByAgent(Ok(Some(receipt.answer.clone())))
            }
            _ => panic!("nothing was appended"),
        };
        let mut goes = self.processes[process].goes(at, reply, self.left_out);
        if matches!(self.processes[process], Process::Sender { may_stop: true, .. }) {
            goes.push(At { next: Next::Ended(End::Stopped), ..at.clone() });
        }
        goes
    }

    fn evolve(&self, state: &mut State, event: &Event) {
        match (state, event) {
            (State::Day(claims, went_to, released), Event::OnDay(event)) => {
                let of_its_own =
                    CommandId::new(Uuid::from_u128(claims.revision().map_or(0, |last| last + 1).into()));
                claims.evolve(event, &context(claims.revision(), of_its_own, String::new()));
                match event {
                    ClaimEvent::CommandClaimed(event) => went_to.push(event.agent_id.clone()),
                    ClaimEvent::ClaimPassedOn(event) => went_to.push(event.agent_id.clone()),
                    ClaimEvent::ClaimReleased(_) => {
                        went_to.clear();
                        *released += 1;
                    }
                    ClaimEvent::ClaimsClosed(_) => {}
                }
            }
            (State::OfAgent(agent, booked), Event::OnAgent(event, command_id, digest)) => {
                agent.evolve(event, &context(agent.revision(), *command_id, digest.clone()));
                if let (AgentEvent::AppointmentBooked(event), KEY) = (&**event, *command_id) {
                    booked.push(event.appointment_id);
                }
            }
            _ => panic!("{event:?} is on another stream"),
        }
    }

    fn check(&mut self, streams: &[&State], at: &[&At]) -> Option<String> {
        let facts = Facts::of(streams, at);
        self.seen.extend(facts.seen());
        facts.wrong()
    }
}

impl ClaimedBooking {
    /// The event, but for the rule that is left out.
    fn changed(&self, command: &ClaimCommand, event: ClaimEvent) -> ClaimEvent {
        match (command, event) {
            (
                ClaimCommand::PassOn { command_id, to, .. },
                ClaimEvent::ClaimReleased(ClaimReleased { .. }),
            ) if self.left_out == LeftOut::NeverBack => {
                ClaimPassedOn { command_id: *command_id, agent_id: to.clone() }.into()
            }
            (_, event) => event,
        }
    }
}

/// The only event: what one command does is one.
fn one<E: std::fmt::Debug>(events: Vec<E>) -> E {
    let [event] = <[E; 1]>::try_from(events).expect("a command is one event");
    event
}

/// Whom the booking goes to by a day's claims.
fn claimed(claims: &Claims) -> domain::ClaimAnswer {
    claims.answer_unchanged(&ClaimCommand::Find { command_id: KEY, digest: String::new() })
}

fn context(last: Option<u64>, command_id: CommandId, digest: String) -> EventContext {
    let (revision, now) = (last.map_or(0, |last| last + 1), monday("08:00"));
    EventContext {
        may_repeat: true,
        followed_by: 0,
        revision,
        position: revision,
        command_id,
        digest,
        recorded_at: now,
        clock_showed: now,
    }
}
