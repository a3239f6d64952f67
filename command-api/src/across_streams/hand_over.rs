//! An appointment goes to another agent. Its agent decides; the other's time is reserved.

use std::sync::Arc;

use availability::Booking;
use domain::reservation::{Attempt, EXPIRES_AFTER};
use domain::{
    AgentCommand, AgentRejection, Answer, Command, Refusal, ReservationAnswer, ReservationOutcome,
    ReserveTime, Reserved, ReservedTime,
};
use operation::{Accepted, Problem};
use schemas::{AgentId, AppointmentId, CommandId, ReservationId, stream};
use tracing::Instrument as _;
use uuid::Uuid;

use super::decision::{Asked, Committed, Decision, NotReserved, decide};
use super::settling::{Ask, settling_deadline};
use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::identity::step_id;
use crate::send::{MAX_HOPS, always_elsewhere};

/// Hands the appointment over to another agent, at the same time. Continues if the client disconnects.
pub(crate) async fn reassign(
    api: Arc<CommandApi>,
    appointment_id: AppointmentId,
    to: AgentId,
    command: Command<()>,
    correlation_id: Uuid,
) -> Result<Accepted<Answer>, Problem> {
    let runtime = api.runtime.clone();
    let handing_over = async move {
        let _turn = api.locks.take(appointment_id.uuid()).await;
        decide(&HandOver { api: &api, appointment_id, to, command, correlation_id }).await
    };
    runtime.spawn(handing_over.in_current_span()).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

struct HandOver<'a> {
    api: &'a CommandApi,
    appointment_id: AppointmentId,
    to: AgentId,
    command: Command<()>,
    correlation_id: Uuid,
}

impl Decision for HandOver<'_> {
    type Need = (AgentId, Booking);
    type Reserved = (AgentId, ReservedTime);
    type Answer = Accepted<Answer>;

    async fn ask(&self) -> Result<Asked<Self::Need, Self::Answer>, Problem> {
        let mut from = self.api.agent_of(self.appointment_id).await?;
        for _ in 0..MAX_HOPS {
            match self.api.execute(&from, self.reassignment(None), self.correlation_id).await {
                Ok(accepted) => return Ok(Asked::Answered(accepted)),
                Err(Failure::Refused(Refusal::Rejected(AgentRejection::NeedsReservation(time)))) => {
                    return Ok(Asked::Needs(vec![(from, *time)]));
                }
                Err(failure) => from = self.api.next_agent_of(self.appointment_id, &from, failure).await?,
            }
        }
        Err(always_elsewhere())
    }

    async fn check(&self, (from, booking): &Self::Need) -> Result<(), NotReserved> {
        let (_, command) = self.reservation(from, booking.clone());
        let to = Candidate::unknown(self.to.clone());
        let checked = self.api.check_at(&to, command, self.correlation_id, settling_deadline()).await;
        checked.map(drop).map_err(not_reserved)
    }

    async fn reserve(&self, (from, booking): Self::Need) -> Result<(Attempt, Self::Reserved), NotReserved> {
        let (attempt, command) = self.reservation(&from, booking.clone());
        let reserving = self.api.execute(&self.to, command, self.correlation_id).await;
        match reserving.map_err(not_reserved)?.answer {
            Answer::Reservation(ReservationAnswer {
                outcome: ReservationOutcome::Reserved { max_appointments_per_slot },
                ..
            }) => Ok((attempt, (from, ReservedTime { booking, max_appointments_per_slot }))),
            _ => Err(NotReserved::Overtaken),
        }
    }

    async fn commit(&self, reserved: &[(Attempt, Self::Reserved)]) -> Committed<Self::Answer> {
        let [(attempt, (from, time))] = reserved else { return Committed::Overtaken };
        let reserved = Reserved { attempt: *attempt, time: time.clone() };
        match self.api.execute(from, self.reassignment(Some(reserved)), self.correlation_id).await {
            Ok(accepted) => Committed::Made(accepted),
            Err(Failure::Refused(Refusal::Rejected(
                AgentRejection::AttemptOver | AgentRejection::AppointmentNotFound,
            ))) => Committed::Overtaken,
            Err(failure @ (Failure::OutcomeUnknown | Failure::BrokenDown)) => {
                Committed::InDoubt(failure.into())
            }
            Err(failure) => Committed::Refused(failure.into()),
        }
    }

    async fn settle(&self, attempt: Attempt, (from, _): &Self::Reserved) -> Result<(), Problem> {
        self.api.find_out(&self.to, attempt.reservation_id, from, Ask::Whether).await.map(drop)
    }

    async fn release(&self, attempt: Attempt) -> Result<(), Problem> {
        self.api.release_reservation(&self.to, attempt.reservation_id).await
    }
}

impl HandOver<'_> {
    fn reassignment(&self, reserved: Option<Reserved>) -> Command<AgentCommand> {
        let (appointment_id, to_agent_id) = (self.appointment_id, self.to.clone());
        let body = AgentCommand::ReassignAppointment { appointment_id, to_agent_id, reserved };
        self.command.clone().map(|()| body)
    }

    fn reservation(&self, from: &AgentId, booking: Booking) -> (Attempt, Command<AgentCommand>) {
        let made_at = self.api.now();
        let attempt = Attempt { reservation_id: ReservationId::new(self.api.new_id()), made_at };
        let body = AgentCommand::ReserveTime(ReserveTime {
            reservation_id: attempt.reservation_id,
            deciding_stream: stream::agent(from),
            expires_at: made_at + EXPIRES_AFTER,
            booking,
        });
        let of = CommandId::new(attempt.reservation_id.uuid());
        let command_id = step_id(of, "reserve");
        (
            attempt,
            Command { command_id, if_match: None, may_repeat: false, ..self.command.clone().map(|()| body) },
        )
    }
}

fn not_reserved(failure: Failure<AgentRejection>) -> NotReserved {
    match failure {
        Failure::Refused(Refusal::Rejected(AgentRejection::AttemptOver)) => NotReserved::Overtaken,
        failure @ (Failure::OutcomeUnknown | Failure::BrokenDown) => NotReserved::InDoubt(failure.into()),
        failure => NotReserved::Refused(failure.into()),
    }
}
