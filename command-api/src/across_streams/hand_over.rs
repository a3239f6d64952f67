//! An appointment is moved. With another agent, its agent decides, and the other's time is reserved.

use std::sync::Arc;

use availability::Booking;
use domain::reservation::{Attempt, EXPIRES_AFTER};
use domain::{
    AgentCommand, AgentRejection, Answer, Command, NeededTime, Refusal, RescheduleAppointment,
    ReservationAnswer, ReservationOutcome, ReserveTime, Reserved, ReservedTime,
};
use operation::{Accepted, CommandCall, Problem};
use schemas::{AgentId, CommandId, ReservationId, stream};
use tracing::Instrument as _;
use uuid::Uuid;

use super::decision::{Asked, Committed, Decision, NotReserved, decide};
use super::refused_move::refused_move;
use super::settling::Ask;
use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::identity::step_id;
use crate::in_the_way::settling_deadline;
use crate::send::{MAX_HOPS, always_elsewhere};

/// Moves the appointment to another time, length or agent. With another agent it continues if the client disconnects.
pub(crate) async fn reschedule(
    api: &Arc<CommandApi>,
    call: &CommandCall,
    asked: RescheduleAppointment,
) -> Result<Accepted<Answer>, Problem> {
    let (command, correlation_id) = api.command(call, ());
    if asked.to_agent_id.is_none() {
        let within = HandOver { api, asked, command, correlation_id };
        return match within.ask().await? {
            Asked::Answered(accepted) => Ok(accepted),
            // Asked only of those who name another agent.
            Asked::Needs(_) => Err(always_elsewhere()),
        };
    }
    let (api, runtime) = (Arc::clone(api), api.runtime.clone());
    let handing_over = async move {
        let _turn = api.locks.take(asked.appointment_id.uuid()).await;
        decide(&HandOver { api: &api, asked, command, correlation_id }).await
    };
    runtime.spawn(handing_over.in_current_span()).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

struct HandOver<'a> {
    api: &'a CommandApi,
    asked: RescheduleAppointment,
    command: Command<()>,
    correlation_id: Uuid,
}

impl Decision for HandOver<'_> {
    fn is_dry_run(&self) -> bool {
        self.command.dry_run
    }

    type Need = (AgentId, NeededTime);
    type Reserved = (AgentId, ReservedTime);
    type Answer = Accepted<Answer>;

    async fn ask(&self) -> Result<Asked<Self::Need, Self::Answer>, Problem> {
        let appointment_id = self.asked.appointment_id;
        let mut from = self.api.agent_of(appointment_id).await?;
        for _ in 0..MAX_HOPS {
            match self.api.execute(&from, self.with(None), self.correlation_id).await {
                Ok(accepted) => return Ok(Asked::Answered(accepted)),
                Err(Failure::Refused(Refusal::Rejected(AgentRejection::NeedsReservation(needed)))) => {
                    return Ok(Asked::Needs(vec![(from, *needed)]));
                }
                Err(Failure::Refused(Refusal::Rejected(AgentRejection::SlotUnavailable {
                    reason,
                    requested,
                    alternatives,
                }))) => {
                    return Err(refused_move(self.api, &self.asked, reason, &requested, alternatives).await);
                }
                Err(failure) => from = self.api.next_agent_of(appointment_id, &from, failure).await?,
            }
        }
        Err(always_elsewhere())
    }

    async fn check(&self, (from, needed): &Self::Need) -> Result<(), NotReserved> {
        let (_, command) = self.reservation(from, needed.clone());
        let to = Candidate::unknown(self.to().clone());
        match self.api.check_at(&to, command, self.correlation_id, settling_deadline()).await {
            Ok(_) => Ok(()),
            Err(failure) => Err(self.not_reserved(failure).await),
        }
    }

    async fn reserve(&self, (from, needed): Self::Need) -> Result<(Attempt, Self::Reserved), NotReserved> {
        let (attempt, command) = self.reservation(&from, needed.clone());
        match self.api.execute(self.to(), command, self.correlation_id).await {
            Ok(Accepted {
                answer:
                    Answer::Reservation(ReservationAnswer {
                        outcome:
                            ReservationOutcome::Reserved {
                                buffer_before_minutes,
                                buffer_after_minutes,
                                max_appointments_per_slot,
                                forced,
                                meeting_room_url,
                            },
                        ..
                    }),
                ..
            }) => {
                let booking = Booking { buffer_before_minutes, buffer_after_minutes, ..needed.booking };
                let time = ReservedTime { booking, max_appointments_per_slot, forced, meeting_room_url };
                Ok((attempt, (from, time)))
            }
            Ok(_) => Err(NotReserved::Overtaken),
            Err(failure) => Err(self.not_reserved(failure).await),
        }
    }

    async fn commit(&self, reserved: &[(Attempt, Self::Reserved)]) -> Committed<Self::Answer> {
        let [(attempt, (from, time))] = reserved else { return Committed::Overtaken };
        let reserved = Reserved { attempt: *attempt, time: time.clone() };
        match self.api.execute(from, self.with(Some(reserved)), self.correlation_id).await {
            Ok(accepted) => Committed::Made(accepted),
            Err(Failure::Refused(Refusal::Rejected(
                AgentRejection::AttemptOver | AgentRejection::AppointmentNotFound,
            ))) => Committed::Overtaken,
            Err(failure @ (Failure::OutcomeUnknown | Failure::BrokenDown)) => {
                Committed::InDoubt(failure.into())
            }
            Err(failure) => Committed::Refused(self.api.refused(failure, self.asked.agreed_zone).await),
        }
    }

    async fn settle(&self, attempt: Attempt, (from, _): &Self::Reserved) -> Result<(), Problem> {
        self.api.find_out(self.to(), attempt.reservation_id, from, Ask::Whether).await.map(drop)
    }

    async fn release(&self, attempt: Attempt) -> Result<(), Problem> {
        self.api.release_reservation(self.to(), attempt.reservation_id).await
    }
}

impl HandOver<'_> {
    /// The agent who gets it.
    fn to(&self) -> &AgentId {
        self.asked.to_agent_id.as_ref().expect("time is reserved only with an agent who is named")
    }

    fn with(&self, reserved: Option<Reserved>) -> Command<AgentCommand> {
        let asked = RescheduleAppointment { reserved, ..self.asked.clone() };
        self.command.clone().map(|()| AgentCommand::RescheduleAppointment(asked))
    }

    fn reservation(&self, from: &AgentId, needed: NeededTime) -> (Attempt, Command<AgentCommand>) {
        let made_at = self.api.now();
        let attempt = Attempt { reservation_id: ReservationId::new(self.api.new_id()), made_at };
        let body = AgentCommand::ReserveTime(ReserveTime {
            reservation_id: attempt.reservation_id,
            deciding_stream: stream::agent(from),
            expires_at: made_at + EXPIRES_AFTER,
            needed,
            force: self.asked.force.clone(),
        });
        let of = CommandId::new(attempt.reservation_id.uuid());
        let command_id = step_id(of, "reserve");
        (
            attempt,
            Command {
                command_id,
                if_match: None,
                if_none_match: None,
                may_repeat: false,
                ..self.command.clone().map(|()| body)
            },
        )
    }

    async fn not_reserved(&self, failure: Failure<AgentRejection>) -> NotReserved {
        match failure {
            Failure::Refused(Refusal::Rejected(AgentRejection::AttemptOver)) => NotReserved::Overtaken,
            Failure::Refused(Refusal::Rejected(AgentRejection::SlotUnavailable {
                reason,
                requested,
                alternatives,
            })) => NotReserved::Refused(
                refused_move(self.api, &self.asked, reason, &requested, alternatives).await,
            ),
            failure @ (Failure::OutcomeUnknown | Failure::BrokenDown) => NotReserved::InDoubt(failure.into()),
            failure => NotReserved::Refused(self.api.refused(failure, self.asked.agreed_zone).await),
        }
    }
}
