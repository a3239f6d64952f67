//! The rules of the pattern, each of which can be left out, to see what it is for.

use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Command, Decision, EventContext, InTheWay, Office,
    Refusal, RescheduleAppointment, ReservationOutcome, Reserved,
};
use schemas::event::AgentEvent as Event;
use schemas::event::AppointmentReceived;
use schemas::{CommandId, ReservationId};
use uuid::Uuid;

use super::going_on::outcome_of;
use crate::samples::monday;
use crate::two_agents::released;

pub(crate) type Outcome = Result<Decision<Agent>, Refusal<AgentRejection>>;

/// Which rules hold. The first is the processes'; the others are `decide`'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    Nothing,
    /// Before a reservation is released by others, it is fenced on the deciding stream.
    FenceBeforeRelease,
    /// No decision is made with a fenced reservation.
    FencedIsOver,
    /// No second decision is made with a reservation.
    DecidesOnce,
    /// No decision is made with a reservation of another time.
    SameTime,
    /// Only an open reservation is received.
    OnlyOpen,
    /// An id that is no longer open is never reserved anew.
    IdsOnce,
    /// What is reserved is taken, though its expiry may have passed.
    ReservedIsTaken,
}

/// An id that no stream has heard of.
const UNHEARD_OF: ReservationId = ReservationId::new(Uuid::from_u128(0xfff));

/// What `decide` says, but for the rule that is left out.
pub(crate) fn decide(
    left_out: LeftOut,
    state: &Agent,
    command: &Command<AgentCommand>,
    office: &Office,
) -> Outcome {
    let decided = |command: &Command<AgentCommand>| Decision::of(state, command, office, monday("08:00"));
    let with = |body: AgentCommand| decided(&Command { body, ..command.clone() });
    let outcome = decided(command);
    match (left_out, &command.body, &outcome) {
        (
            LeftOut::FencedIsOver | LeftOut::DecidesOnce,
            AgentCommand::RescheduleAppointment(
                asked @ RescheduleAppointment { reserved: Some(reserved), .. },
            ),
            Err(Refusal::Rejected(AgentRejection::AttemptOver)),
        ) => {
            let reservation_id = reserved.attempt.reservation_id;
            match outcome_of(state, reservation_id) {
                ReservationOutcome::Fenced if left_out == LeftOut::FencedIsOver => {}
                ReservationOutcome::Committed { .. } if left_out == LeftOut::DecidesOnce => {}
                _ => return outcome,
            }
            let mut other = reserved.clone();
            other.attempt.reservation_id = UNHEARD_OF;
            let all_the_same = RescheduleAppointment { reserved: Some(other), ..asked.clone() };
            named(with(AgentCommand::RescheduleAppointment(all_the_same)), reservation_id)
        }
        (
            LeftOut::SameTime,
            AgentCommand::RescheduleAppointment(
                asked @ RescheduleAppointment { reserved: Some(reserved), .. },
            ),
            Err(Refusal::Rejected(AgentRejection::AttemptOver)),
        ) => {
            let ask = RescheduleAppointment { reserved: None, ..asked.clone() };
            let ask = with(AgentCommand::RescheduleAppointment(ask));
            let Err(Refusal::Rejected(AgentRejection::NeedsReservation(needed))) = ask else {
                return outcome;
            };
            let mut time = reserved.time.clone();
            time.booking = needed.booking;
            let reserved = Some(Reserved { time, ..reserved.clone() });
            let all_the_same = RescheduleAppointment { reserved, ..asked.clone() };
            with(AgentCommand::RescheduleAppointment(all_the_same))
        }
        (LeftOut::OnlyOpen, AgentCommand::ReceiveAppointment(receive), Ok(Decision::Unchanged { .. }))
            if state.appointment(receive.handed_over.appointment.appointment_id).is_none() =>
        {
            let event = AppointmentReceived {
                reservation_id: receive.handed_over.reservation_id,
                from_agent_id: receive.from_agent_id.clone(),
                appointment: receive.handed_over.appointment.clone(),
                hold_id: None,
                receipts: Vec::new(),
            };
            Ok(Decision::Accepted(vec![event.into()]))
        }
        (LeftOut::IdsOnce, AgentCommand::ReserveTime(reserve), Ok(Decision::Unchanged { .. }))
            if state.reserved_time(reserve.reservation_id).is_none() =>
        {
            let mut anew = reserve.clone();
            anew.reservation_id = UNHEARD_OF;
            named(with(AgentCommand::ReserveTime(anew)), reserve.reservation_id)
        }
        (
            LeftOut::ReservedIsTaken,
            AgentCommand::BookAppointment(_),
            Err(Refusal::Rejected(AgentRejection::NeedsSettling { in_the_way, .. })),
        ) => Decision::of(&without(state, in_the_way), command, office, monday("08:00")),
        _ => outcome,
    }
}

/// The agent as if these reservations were released.
fn without(state: &Agent, reservations: &[InTheWay]) -> Agent {
    let mut without = state.clone();
    for InTheWay { reservation_id, appointment_id, .. } in reservations {
        let context = EventContext {
            may_repeat: true,
            followed_by: 0,
            revision: 0,
            position: 0,
            command_id: CommandId::new(reservation_id.uuid()),
            digest: String::new(),
            recorded_at: monday("08:00"),
            clock_showed: monday("08:00"),
        };
        without.evolve(&released(*reservation_id, *appointment_id).into(), &context);
    }
    without
}

/// The outcome with the events of this reservation.
fn named(mut outcome: Outcome, id: ReservationId) -> Outcome {
    if let Ok(Decision::Accepted(events)) = &mut outcome {
        for event in events {
            match event {
                Event::AppointmentHandedOver(event) => event.reservation_id = id,
                Event::TimeReserved(event) => event.reservation_id = id,
                other => panic!("not of a reservation: {other:?}"),
            }
        }
    }
    outcome
}
