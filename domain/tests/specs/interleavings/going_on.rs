//! Where the processes go by the answers to what they have sent.

use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Answer, AppointmentAnswer, Decision, InTheWay,
    ReceiveAppointment, Refusal, ReservationAnswer, ReservationOutcome,
};
use schemas::event::AgentEvent as Event;
use schemas::{AgentId, CommandId, ReservationId};

use super::processes::{Agents, At, End, Process, Settling};
use super::rules::Outcome;
use crate::samples::A;
use crate::two_agents::receipt_of;

impl Process {
    /// Where it goes by the outcome: to any of these. The agent is as it was read, or as it is after the append.
    pub(crate) fn goes(
        &self,
        at: &At,
        outcome: &Outcome,
        agent: &Agent,
        events: &[(Event, CommandId)],
        agents: &Agents,
    ) -> Vec<At> {
        let on = self.reads(at).expect("it has read something");
        if let Err(Refusal::Rejected(AgentRejection::NeedsSettling { in_the_way, .. })) = outcome
            && !matches!(at, At::Commit(..))
        {
            return settles(at, on, in_the_way, agents);
        }
        let then = match (at, outcome) {
            (At::Ask, Err(Refusal::Rejected(AgentRejection::NeedsReservation(needed)))) => {
                At::Reserve((**needed).clone())
            }
            (At::Reserve(_), Ok(_)) => match agent.reserved_time(self.reservation_id()) {
                Some(time) => At::Commit(time.clone()),
                None => At::Ended(End::Refused),
            },
            (At::Commit(..), _) => self.committed_or_not(on, agent, events, agents),
            (At::Settle(Settling::Fence { with, reservation_id, .. }, back), _) => {
                let settling = match commit(*reservation_id, &agents.0[on], agent, events) {
                    Some(receive) => Settling::Receive(*with, Box::new(receive)),
                    None => Settling::Release(*with, *reservation_id),
                };
                At::Settle(settling, back.clone())
            }
            (At::Settle(_, back), Ok(_)) => (**back).clone(),
            (At::Ask | At::Change(_) | At::Book, Ok(_)) => At::Ended(End::Done),
            (At::Change(_), Err(Refusal::Rejected(AgentRejection::AppointmentNotFound))) => {
                let cancel =
                    AgentCommand::CancelAppointment { appointment_id: A, reason: None, requested_by: None };
                match agent.answer_unchanged(&cancel) {
                    Answer::Appointment(AppointmentAnswer { agent_id, .. }) => {
                        agents.number(&agent_id).map_or(At::Ended(End::Refused), At::Change)
                    }
                    _ => At::Ended(End::Refused),
                }
            }
            _ => At::Ended(End::Refused),
        };
        vec![then]
    }

    /// After its own commit, or any answer by which there is none: its reservation is received or released by what the
    /// deciding stream says.
    fn committed_or_not(
        &self,
        from: usize,
        agent: &Agent,
        events: &[(Event, CommandId)],
        agents: &Agents,
    ) -> At {
        let Self::Mover { to, reservation_id, .. } = self else { panic!("{self:?} commits nothing") };
        if let Some(receive) = commit(*reservation_id, &agents.0[from], agent, events) {
            let receive = Settling::Receive(*to, Box::new(receive));
            return At::Settle(receive, Box::new(At::Ended(End::Done)));
        }
        At::Settle(Settling::Release(*to, *reservation_id), Box::new(At::Ended(End::Refused)))
    }

    fn reservation_id(&self) -> ReservationId {
        match self {
            Self::Mover { reservation_id, .. } => *reservation_id,
            _ => panic!("{self:?} reserves nothing"),
        }
    }
}

/// Waits no longer and is refused; or finds that one of the reservations in the way has expired.
fn settles(at: &At, with: usize, in_the_way: &[InTheWay], agents: &Agents) -> Vec<At> {
    let settle = |one: &InTheWay| {
        let (reservation_id, decided_by) = (one.reservation_id, agents.of_stream(&one.deciding_stream));
        At::Settle(Settling::Fence { with, decided_by, reservation_id }, Box::new(at.clone()))
    };
    std::iter::once(At::Ended(End::Refused)).chain(in_the_way.iter().map(settle)).collect()
}

/// What the agent's stream has decided about a reservation.
pub(crate) fn outcome_of(agent: &Agent, reservation_id: ReservationId) -> ReservationOutcome {
    let fence =
        AgentCommand::FenceReservation { reservation_id, reserved_on: String::new(), of_command: None };
    match agent.answer_unchanged(&fence) {
        Answer::Reservation(ReservationAnswer { outcome, .. }) => outcome,
        other => panic!("no answer on a reservation: {other:?}"),
    }
}

/// What has to be received, if the stream has decided so with the reservation.
fn commit(
    reservation_id: ReservationId,
    from_agent_id: &AgentId,
    agent: &Agent,
    events: &[(Event, CommandId)],
) -> Option<ReceiveAppointment> {
    let ReservationOutcome::Committed { revision } = outcome_of(agent, reservation_id) else { return None };
    let last = agent.revision().expect("it has events");
    let before_last = usize::try_from(last - revision).expect("a few");
    let (event, command_id) = &events[events.len() - 1 - before_last];
    let Event::AppointmentHandedOver(handed_over) = event else {
        panic!("no hand-over at {revision}: {event:?}")
    };
    let handed_over = handed_over.clone();
    assert_eq!(handed_over.reservation_id, reservation_id);
    let receipt = receipt_of(agent, *command_id);
    Some(ReceiveAppointment { may_repeat: true, from_agent_id: from_agent_id.clone(), handed_over, receipt })
}

/// The event of an accepted command.
pub(crate) fn accepted(outcome: &Outcome) -> Option<&Event> {
    match outcome {
        Ok(Decision::Accepted(events)) => match &events[..] {
            [event] => Some(event),
            _ => panic!("a command is one event: {events:?}"),
        },
        _ => None,
    }
}
