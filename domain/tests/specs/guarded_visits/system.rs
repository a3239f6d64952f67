//! The streams and the processes as a system to explore.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::reservation::EXPIRES_AFTER;
use domain::visit_time::{LeadLimits, PropertyTerms, ReserveVisit, VisitRejection, VisitTimeCommand};
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Answer, ClaimedVisit, Command, Decision, EventContext,
    Guarded, Lead, LeadCommand, LeadRejection, NeededVisit, Office, Property, PropertyCommand,
    PropertyRejection, Refusal, ReservationAnswer, ReservationOutcome,
};
use schemas::event::{AgentEvent, LeadEvent, PropertyEvent, PropertyRegistered};
use schemas::value::{LeadOverlap, SideReservation};
use schemas::{CommandId, Origin, ReservationId, stream};
use uuid::Uuid;

use super::laws;
use super::processes::{At, End, Met, Place, Process, appointment};
use crate::explorer::{Step, Stream, System, explore};
use crate::given::Given;
use crate::properties::profile;
use crate::samples::{self, agent, agent_id, dispatcher, lead, monday, other_agent, property};

/// Which rule does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    Nothing,
    /// Before a reservation is released by others, it is ruled out on the deciding stream.
    FenceBeforeRelease,
    /// Where a reservation is ruled out, nothing is decided with it.
    FencedIsOver,
    /// Whether a claim stands is asked of the deciding stream.
    Verifying,
    /// What is reinstated takes its time as a booking does.
    ReservingAnew,
}

/// What a stream is folded into.
#[derive(Debug, Clone)]
pub(crate) enum Folded {
    Agent(Box<Agent>),
    Lead(Box<Lead>),
    Property(Box<Property>),
}

#[derive(Debug, Clone)]
pub(crate) enum Event {
    Agent(AgentEvent),
    Lead(LeadEvent),
    Property(PropertyEvent),
}

pub(crate) struct GuardedVisits {
    office: Office,
    processes: Vec<Process>,
    left_out: LeftOut,
    seen: RefCell<BTreeSet<String>>,
}

/// The streams: two agents, then leads 1 and 2, then properties 1 and 2.
const LEADS: usize = 2;
const PROPERTIES: usize = 4;
/// A hold has expired by then.
const LATE: &str = "09:00";
const UNHEARD_OF: ReservationId = ReservationId::new(Uuid::from_u128(0xfff));

impl GuardedVisits {
    pub(crate) fn of(processes: Vec<Process>) -> Self {
        let (office, seen) = (samples::office(), RefCell::default());
        Self { office, processes, left_out: LeftOut::Nothing, seen }
    }

    pub(crate) fn without(self, left_out: LeftOut) -> Self {
        Self { left_out, ..self }
    }

    /// Everything holds, and each of these happens somewhere.
    pub(crate) fn hold(self, expected: &[&str]) {
        let (states, system) = explore(self).unwrap_or_else(|wrong| panic!("{wrong}"));
        let seen = system.seen.borrow();
        for happens in expected {
            assert!(seen.contains(*happens), "in none of {states} states: {happens}; {seen:?}");
        }
    }

    pub(crate) fn breaks(self) -> String {
        explore(self).err().expect("a rule is left out")
    }

    fn side(&self, process: usize, side: usize) -> usize {
        let Process { lead, property, .. } = &self.processes[process];
        let number = |number: u32| usize::try_from(number - 1).expect("a small number");
        if side == 0 { LEADS + number(*lead) } else { PROPERTIES + number(*property) }
    }

    fn side_name(&self, process: usize, side: usize) -> String {
        let Process { lead: of_lead, property: of_property, .. } = &self.processes[process];
        if side == 0 { stream::lead(&lead(*of_lead)) } else { stream::property(&property(*of_property)) }
    }

    fn reserve(&self, process: usize, at: &At, side: usize, needed: &NeededVisit) -> ReserveVisit {
        ReserveVisit {
            reservation_id: Process::reservation_id(process, at.step, side),
            deciding_stream: agent_stream(self.processes[process].agent),
            expires_at: monday("08:00") + EXPIRES_AFTER,
            visit: needed.visit.clone(),
            besides: needed.besides.clone(),
            verified: Vec::new(),
            force: Vec::new(),
        }
    }

    /// What is sent for a step, guarded by what was reserved.
    fn guarded(&self, process: usize, at: &At, claimed: Option<ClaimedVisit>) -> Command<AgentCommand> {
        let command = self.processes[process].steps[at.step].clone();
        let is_bare = self.left_out == LeftOut::ReservingAnew
            && matches!(command, AgentCommand::ReinstateAppointment { .. });
        let body =
            if is_bare { command } else { AgentCommand::Guarded(Box::new(Guarded { command, claimed })) };
        sent(0x100 + (process as u128) * 16 + at.step as u128, body)
    }

    fn ask(&self, process: usize, at: &At, agent: &Agent) -> Step<At, Event> {
        let command = self.guarded(process, at, None);
        match Decision::of(agent, &command, &self.office, monday("08:00")) {
            Ok(Decision::Accepted(events)) => appends(events, Event::Agent),
            Ok(_) => Step::Goes(vec![self.after(process, at)]),
            Err(Refusal::Rejected(AgentRejection::NeedsVisit(needed))) => {
                Step::Goes(vec![at.at(Place::Reserve(0, needed))])
            }
            Err(_) => Step::Goes(vec![at.at(Place::Ended(End::Refused))]),
        }
    }

    fn commit(&self, process: usize, at: &At, claimed: &ClaimedVisit, agent: &Agent) -> Step<At, Event> {
        let command = self.guarded(process, at, Some(claimed.clone()));
        let mut decision = Decision::of(agent, &command, &self.office, monday("08:00"));
        if self.left_out == LeftOut::FencedIsOver
            && decision == Err(Refusal::Rejected(AgentRejection::AttemptOver))
        {
            let mut other = claimed.clone();
            for reservation in &mut other.reservations {
                reservation.reservation_id = UNHEARD_OF;
            }
            let command = self.guarded(process, at, Some(other));
            decision = Decision::of(agent, &command, &self.office, monday("08:00"));
            if let Ok(Decision::Accepted(events)) = &mut decision {
                for event in events {
                    if let AgentEvent::AppointmentBooked(booked) = event {
                        booked.reservations.clone_from(&claimed.reservations);
                    }
                }
            }
        }
        match decision {
            Ok(Decision::Accepted(events)) => appends(events, Event::Agent),
            Ok(_) => Step::Goes(vec![self.after(process, at)]),
            Err(_) => Step::Goes(vec![at.at(Place::Release(2))]),
        }
    }

    fn take(
        &self,
        process: usize,
        at: &At,
        side: usize,
        needed: &NeededVisit,
        on: &Folded,
    ) -> Step<At, Event> {
        let wanted = Box::new(self.reserve(process, at, side, needed));
        let decided = match on {
            Folded::Lead(lead) => {
                let limits = LeadLimits {
                    is_move: false,
                    overlap: LeadOverlap::Refuse,
                    travel_minutes: 0,
                    is_registered_property: true,
                    max_holds: 2,
                    max_visits: None,
                };
                of_lead(
                    lead,
                    needed,
                    VisitTimeCommand::Reserve(wanted.clone(), limits),
                    wanted.reservation_id,
                )
            }
            Folded::Property(property) => {
                let terms = PropertyTerms {
                    is_visit: needed.is_visit,
                    agent_id: needed.agent_id.clone(),
                    places: needed.places.clone(),
                };
                let command = VisitTimeCommand::Reserve(wanted.clone(), terms);
                of_property(property, command, wanted.reservation_id, "08:00")
            }
            Folded::Agent(_) => unreachable!("an agent is no side"),
        };
        match decided {
            Ok(Some(event)) => Step::Appends(event),
            Ok(None) => Step::Goes(vec![self.reserved(process, at, side, needed)]),
            Err(VisitRejection::NeedsVerifying { in_the_way, .. }) => {
                let met = |claim| Met { side, claim, needed: Box::new(needed.clone()) };
                let verify = in_the_way.into_iter().map(|claim| at.at(Place::Verify(met(claim))));
                // It is waited for in vain, or verified.
                Step::Goes([at.at(Place::Release(side))].into_iter().chain(verify).collect())
            }
            Err(_) => Step::Goes(vec![at.at(Place::Release(side))]),
        }
    }

    /// The next, once it is reserved on this stream.
    fn reserved(&self, process: usize, at: &At, side: usize, needed: &NeededVisit) -> At {
        if side == 0 {
            return at.at(Place::Reserve(1, Box::new(needed.clone())));
        }
        let reservation = |side| SideReservation {
            stream: self.side_name(process, side),
            reservation_id: Process::reservation_id(process, at.step, side),
        };
        let claimed = ClaimedVisit {
            made_at: monday("08:00"),
            reservations: vec![reservation(0), reservation(1)],
            visit: needed.visit.clone(),
            forced: Vec::new(),
        };
        at.at(Place::Commit(Box::new(needed.clone()), claimed))
    }

    fn verify(&self, at: &At, met: &Met, agent: &Agent) -> Step<At, Event> {
        let release = at.at(Place::ReleaseClaim(met.clone()));
        if self.left_out == LeftOut::Verifying {
            return Step::Goes(vec![release]);
        }
        let rule_out = at.at(Place::RuleOut(met.clone()));
        Step::Goes(match self.fence(met, agent, "08:00") {
            Ok(true) if met.claim.visit.hold_id.is_some() => vec![at.at(Place::Release(met.side)), rule_out],
            Ok(true) => vec![at.at(Place::Release(met.side))],
            Ok(false) => vec![release],
            Err(_) if self.left_out == LeftOut::FenceBeforeRelease => vec![release],
            Err(_) => vec![rule_out],
        })
    }

    fn rule_out(&self, at: &At, met: &Met, agent: &Agent) -> Step<At, Event> {
        match self.fence(met, agent, LATE) {
            Ok(true) => Step::Goes(vec![at.at(Place::Release(met.side))]),
            Ok(false) => Step::Goes(vec![at.at(Place::ReleaseClaim(met.clone()))]),
            Err(event) => Step::Appends(Event::Agent(event)),
        }
    }

    /// Whether it stands, or the event that rules it out.
    fn fence(&self, met: &Met, agent: &Agent, now: &str) -> Result<bool, AgentEvent> {
        let reservation_id = met.claim.reservation_id;
        let body = AgentCommand::FenceReservation {
            reservation_id,
            reserved_on: "lead-1".to_owned(),
            of_command: None,
        };
        let command = sent(0x1000 << 64 | reservation_id.uuid().as_u128() & u128::from(u64::MAX), body);
        match Decision::of(agent, &command, &self.office, monday(now)) {
            Ok(Decision::Accepted(mut events)) => Err(events.remove(0)),
            Ok(Decision::Unchanged { answer, .. }) => Ok(matches!(
                answer,
                Answer::Reservation(ReservationAnswer { outcome: ReservationOutcome::Claimed { .. }, .. })
            )),
            Ok(Decision::Repeated(_)) => Ok(false),
            Err(refusal) => panic!("never refused: {refusal:?}"),
        }
    }

    fn release(&self, at: &At, id: ReservationId, deciding: &str, on: &Folded, next: At) -> Step<At, Event> {
        let deciding_stream = deciding.to_owned();
        let decided = match on {
            Folded::Lead(lead) => {
                let command = VisitTimeCommand::Release { reservation_id: id, deciding_stream };
                lead_time(lead, command, id, at.step)
            }
            Folded::Property(property) => {
                let command = VisitTimeCommand::Release { reservation_id: id, deciding_stream };
                of_property(property, command, id, "08:00")
            }
            Folded::Agent(_) => unreachable!("an agent is no side"),
        };
        match decided {
            Ok(Some(event)) => Step::Appends(event),
            _ => Step::Goes(vec![next]),
        }
    }

    /// After a command was carried out.
    fn after(&self, process: usize, at: &At) -> At {
        let step = at.step + 1;
        let is_over = step == self.processes[process].steps.len();
        At { step, place: if is_over { Place::Ended(End::Done) } else { Place::Ask } }
    }

    fn back_from(&self, at: &At, side: usize) -> At {
        at.at(if side == 0 { Place::Ended(End::Refused) } else { Place::Release(side) })
    }
}

impl At {
    fn at(&self, place: Place) -> Self {
        Self { step: self.step, place }
    }
}

impl System for GuardedVisits {
    type State = Folded;
    type Event = Event;
    type At = At;

    fn streams(&self) -> Vec<Folded> {
        let registered = |number| {
            let registered = PropertyRegistered { property_id: property(number), profile: profile() };
            Folded::Property(Box::new(Given::<Property>::nothing((), monday("08:00")).and(registered).state))
        };
        vec![
            Folded::Agent(Box::new(agent().state)),
            Folded::Agent(Box::new(crate::two_agents::taker().state)),
            Folded::Lead(Box::default()),
            Folded::Lead(Box::default()),
            registered(1),
            registered(2),
        ]
    }

    fn processes(&self) -> Vec<At> {
        self.processes.iter().map(|_| At { step: 0, place: Place::Ask }).collect()
    }

    fn reads(&self, process: usize, at: &At) -> Option<usize> {
        match &at.place {
            Place::Ask | Place::Commit(..) => Some(self.processes[process].agent),
            Place::Reserve(side, _) => Some(self.side(process, *side)),
            Place::Verify(met) | Place::RuleOut(met) => {
                Some(usize::from(met.claim.deciding_stream != agent_stream(0)))
            }
            Place::ReleaseClaim(met) => Some(self.side(process, met.side)),
            Place::Release(0) | Place::Ended(_) => None,
            Place::Release(side) => Some(self.side(process, side - 1)),
        }
    }

    fn read(&self, process: usize, at: &At, stream: &Stream<Self>) -> Step<At, Event> {
        match (&at.place, &stream.state) {
            (Place::Ask, Folded::Agent(agent)) => self.ask(process, at, agent),
            (Place::Commit(_, claimed), Folded::Agent(agent)) => self.commit(process, at, claimed, agent),
            (Place::Verify(met), Folded::Agent(agent)) => self.verify(at, met, agent),
            (Place::RuleOut(met), Folded::Agent(agent)) => self.rule_out(at, met, agent),
            (Place::Reserve(side, needed), on) => self.take(process, at, *side, needed, on),
            (Place::ReleaseClaim(met), on) => {
                let next = at.at(Place::Reserve(met.side, met.needed.clone()));
                let claim = &met.claim;
                self.release(at, claim.reservation_id, &claim.deciding_stream, on, next)
            }
            (Place::Release(side), on) => {
                let id = Process::reservation_id(process, at.step, side - 1);
                let deciding = agent_stream(self.processes[process].agent);
                self.release(at, id, &deciding, on, self.back_from(at, side - 1))
            }
            (place, _) => panic!("nothing is read at {place:?}"),
        }
    }

    fn appended(&self, process: usize, at: &At, _: &Stream<Self>) -> Vec<At> {
        vec![match &at.place {
            Place::Ask | Place::Commit(..) => self.after(process, at),
            Place::Reserve(side, needed) => self.reserved(process, at, *side, needed),
            Place::RuleOut(met) => at.at(Place::ReleaseClaim(met.clone())),
            Place::ReleaseClaim(met) => at.at(Place::Reserve(met.side, met.needed.clone())),
            Place::Release(side) => self.back_from(at, side - 1),
            place => panic!("nothing is appended at {place:?}"),
        }]
    }

    fn evolve(&self, state: &mut Folded, event: &Event) {
        let see = |what: String| {
            self.seen.borrow_mut().insert(what);
        };
        match event {
            Event::Agent(AgentEvent::AppointmentBooked(event)) => {
                see(format!("{} booked", event.appointment_id.uuid().as_u128()));
            }
            Event::Agent(AgentEvent::AppointmentReinstated(event)) => {
                see(format!("{} is back", event.appointment.appointment_id.uuid().as_u128()));
            }
            Event::Agent(AgentEvent::ReservationFenced(_)) => see("a fence".to_owned()),
            Event::Agent(AgentEvent::HoldReleased(_)) => see("a hold is over".to_owned()),
            Event::Lead(LeadEvent::ReservationReleased(_))
            | Event::Property(PropertyEvent::ReservationReleased(_)) => see("a release".to_owned()),
            _ => {}
        }
        match (state, event) {
            (Folded::Agent(agent), Event::Agent(event)) => evolve(&mut **agent, event),
            (Folded::Lead(lead), Event::Lead(event)) => evolve(&mut **lead, event),
            (Folded::Property(property), Event::Property(event)) => evolve(&mut **property, event),
            (state, event) => panic!("{event:?} is not of {state:?}"),
        }
    }

    fn check(&mut self, streams: &[&Folded], at: &[&At]) -> Option<String> {
        let is_live = |number| {
            streams.iter().any(|stream| {
                matches!(stream, Folded::Agent(agent) if agent.appointment(appointment(number)).is_some())
            })
        };
        if at[0].step >= 2 && !is_live(1) && is_live(2) {
            self.seen.borrow_mut().insert("2 is booked after 1".to_owned());
        }
        laws::wrong(streams)
    }
}

fn agent_stream(number: usize) -> String {
    stream::agent(&if number == 0 { agent_id() } else { other_agent() })
}

fn appends<E>(events: Vec<E>, of: impl Fn(E) -> Event) -> Step<At, Event> {
    let [event] = <[E; 1]>::try_from(events).unwrap_or_else(|_| panic!("one event at a time"));
    Step::Appends(of(event))
}

/// Its event, if it has one.
type Taken = Result<Option<Event>, VisitRejection>;

fn of_lead(
    lead: &Lead,
    needed: &NeededVisit,
    command: VisitTimeCommand<LeadLimits>,
    id: ReservationId,
) -> Taken {
    let lead_id = needed.visit.lead_id.clone();
    decided_by_lead(lead, LeadCommand::TakeTime { lead_id, command }, 0x2000, id)
}

fn lead_time(lead: &Lead, command: VisitTimeCommand<LeadLimits>, id: ReservationId, step: usize) -> Taken {
    let lead_id = samples::lead(1);
    decided_by_lead(lead, LeadCommand::TakeTime { lead_id, command }, 0x3000 + step as u128, id)
}

fn decided_by_lead(lead: &Lead, body: LeadCommand, kind: u128, id: ReservationId) -> Taken {
    let command = sent(kind << 64 | id.uuid().as_u128() & u128::from(u64::MAX), body);
    match Decision::of(lead, &command, &(), monday("08:00")) {
        Ok(Decision::Accepted(mut events)) => Ok(Some(Event::Lead(events.remove(0)))),
        Ok(_) => Ok(None),
        Err(Refusal::Rejected(LeadRejection::Visit(why))) => Err(why),
        Err(refusal) => panic!("refused otherwise: {refusal:?}"),
    }
}

fn of_property(
    property: &Property,
    command: VisitTimeCommand<PropertyTerms>,
    id: ReservationId,
    now: &str,
) -> Taken {
    let kind: u128 = if matches!(command, VisitTimeCommand::Reserve(..)) { 0x4000 } else { 0x5000 };
    let body = PropertyCommand::TakeTime { command };
    let command = sent(kind << 64 | id.uuid().as_u128() & u128::from(u64::MAX), body);
    match Decision::of(property, &command, &(), monday(now)) {
        Ok(Decision::Accepted(mut events)) => Ok(Some(Event::Property(events.remove(0)))),
        Ok(_) => Ok(None),
        Err(Refusal::Rejected(PropertyRejection::Visit(why))) => Err(why),
        Err(refusal) => panic!("refused otherwise: {refusal:?}"),
    }
}

fn sent<C>(id: u128, body: C) -> Command<C> {
    Command {
        command_id: CommandId::new(Uuid::from_u128(0xdd << 120 | id)),
        digest: format!("digest of {id:x}"),
        actor: dispatcher(),
        origin: Origin::Dashboard,
        if_match: None,
        if_none_match: None,
        dry_run: false,
        may_repeat: false,
        body,
    }
}

/// Every event is of a command of its own, but that of a fence, which everybody sends alike.
fn evolve<A: Aggregate>(state: &mut A, event: &A::Event) {
    let revision = state.revision().map_or(0, |last| last + 1);
    let at: DateTime<Utc> = monday("08:00");
    let context = EventContext {
        may_repeat: false,
        followed_by: 0,
        revision,
        position: revision,
        command_id: CommandId::new(Uuid::from_u128(0xcc << 120 | u128::from(revision))),
        digest: String::new(),
        recorded_at: at,
        clock_showed: at,
    };
    state.evolve(event, &context);
}
