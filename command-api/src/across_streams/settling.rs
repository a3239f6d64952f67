//! What became of a reservation: it is completed if its decision was made, and released if that was ruled out.

use std::time::Duration;

use domain::{
    AgentCommand, AgentRejection, Answer, Command, InTheWay, ReceiveAppointment, Refusal, ReservationAnswer,
    ReservationOutcome,
};
use event_store::RecordedEvent;
use operation::{Accepted, Problem, error_chain};
use schemas::event::AppointmentHandedOver;
use schemas::value::{AppointmentReceipt, AppointmentTerms};
use schemas::{AgentEvent, AgentId, CommandId, Metadata, ReservationId, stream};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::identity::{step_id, system_command};
use crate::in_the_way::Settles;
use crate::store_trouble;

/// The pause before the stream is asked again; it doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What the deciding stream is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Whether the decision was made.
    Whether,
    /// The same, and to rule it out if it was not.
    AndRuleOut,
}

/// What became of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is completed or released.
    Closed,
    /// It is not decided yet.
    Live,
}

type Reply<T = Accepted<Answer>> = Result<T, Failure<AgentRejection>>;

impl CommandApi {
    /// Sends something to an agent's stream. If reservations are in its way, they are settled first, or waited for until
    /// the deadline.
    ///
    /// It is the sender who waits, never the stream's actor.
    pub(crate) async fn settled<T, F>(
        &self,
        agent_id: &AgentId,
        settles: Settles,
        deadline: Instant,
        send: impl Fn() -> F + Send,
    ) -> Reply<T>
    where
        T: Send,
        F: Future<Output = Reply<T>> + Send,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let reply = send().await;
            let Err(Failure::Refused(Refusal::Rejected(AgentRejection::NeedsSettling {
                in_the_way,
                otherwise,
            }))) = reply
            else {
                return reply;
            };
            if deadline <= Instant::now() {
                return Err(Failure::Refused(Refusal::Rejected(*otherwise)));
            }
            if settles == Settles::None || self.settle_all(agent_id, &in_the_way).await == Found::Live {
                sleep_until(deadline.min(Instant::now() + pause)).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }

    /// Sends a step of settling: nothing can be in the way of one.
    async fn take_step(
        &self,
        agent_id: &AgentId,
        step: Command<AgentCommand>,
        correlation_id: Uuid,
    ) -> Reply<Accepted<Answer>> {
        self.execute_once(&Candidate::unknown(agent_id.clone()), step, correlation_id).await
    }

    async fn settle_all(&self, on: &AgentId, in_the_way: &[InTheWay]) -> Found {
        let mut found = Found::Closed;
        for one in in_the_way {
            match self.settle(on, one.reservation_id, &one.deciding_stream, one.expires_at).await {
                Ok(Found::Closed) => {}
                Ok(Found::Live) => found = Found::Live,
                Err(problem) => {
                    let reservation_id = one.reservation_id;
                    tracing::debug!(%reservation_id, %problem, "reservation not settled; it is tried again");
                    found = Found::Live;
                }
            }
        }
        found
    }

    /// Completes or releases a reservation on an agent's stream, unless it is live and not decided yet.
    pub(crate) async fn settle(
        &self,
        on: &AgentId,
        reservation_id: ReservationId,
        deciding_stream: &str,
        expires_at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Found, Problem> {
        let Some(deciding) = stream::agent_of(deciding_stream) else {
            tracing::error!(%reservation_id, deciding_stream, "a reservation is decided on no stream of Citas");
            return Err(Failure::<AgentRejection>::Broken.into());
        };
        let ask = if expires_at <= self.now() { Ask::AndRuleOut } else { Ask::Whether };
        self.find_out(on, reservation_id, &deciding, ask).await
    }

    /// Asks the deciding stream, and completes or releases the reservation by what it says.
    pub(crate) async fn find_out(
        &self,
        on: &AgentId,
        reservation_id: ReservationId,
        deciding: &AgentId,
        ask: Ask,
    ) -> Result<Found, Problem> {
        let reserved_on = stream::agent(on);
        let body = AgentCommand::FenceReservation { reservation_id, reserved_on, of_command: None };
        let command = step(reservation_id, "fence", body);
        let correlation_id = reservation_id.uuid();
        let answer = match ask {
            Ask::Whether => {
                self.check_once(&Candidate::unknown(deciding.clone()), command, correlation_id).await?
            }
            Ask::AndRuleOut => Some(self.take_step(deciding, command, correlation_id).await?),
        };
        match answer.map(|accepted| accepted.answer) {
            Some(Answer::Reservation(ReservationAnswer {
                outcome: ReservationOutcome::Committed { revision },
                ..
            })) => self.receive(on, deciding, revision).await?,
            Some(_) => self.release_reservation(on, reservation_id).await?,
            None => return Ok(Found::Live),
        }
        Ok(Found::Closed)
    }

    /// Gives up a reservation whose decision was refused or ruled out.
    pub(crate) async fn release_reservation(
        &self,
        on: &AgentId,
        reservation_id: ReservationId,
    ) -> Result<(), Problem> {
        let body = AgentCommand::ReleaseReservation { reservation_id };
        self.take_step(on, step(reservation_id, "release", body), reservation_id.uuid()).await?;
        Ok(())
    }

    /// Enters an appointment in its new agent's calendar, as the event of this revision has handed it over.
    async fn receive(&self, on: &AgentId, from: &AgentId, revision: u64) -> Result<(), Problem> {
        let (event, metadata, handed_over) = self.hand_over(from, revision).await?;
        let reservation_id = handed_over.reservation_id;
        let appointment = &handed_over.appointment;
        let position = self.end_of_append(from, &event, &metadata).await?;
        let receipt = AppointmentReceipt {
            command_id: metadata.command_id,
            command_digest: metadata.command_digest,
            version: appointment.version,
            position: Some(position),
            recorded_at: metadata.recorded_at,
            agent_id: handed_over.to_agent_id.clone(),
            status: appointment.status,
            start: appointment.start,
            end: appointment.end,
            sequence: appointment.sequence,
            terms: AppointmentTerms::of(appointment, metadata.recorded_at),
        };
        let received = ReceiveAppointment {
            from_agent_id: from.clone(),
            handed_over,
            receipt,
            may_repeat: metadata.may_repeat,
        };
        let body = AgentCommand::ReceiveAppointment(Box::new(received));
        self.take_step(on, step(reservation_id, "receive", body), metadata.correlation_id).await?;
        Ok(())
    }

    /// The position of the last event that was appended together with this one.
    async fn end_of_append(
        &self,
        agent_id: &AgentId,
        event: &RecordedEvent,
        metadata: &Metadata,
    ) -> Result<u64, Problem> {
        if metadata.followed_by == 0 {
            return Ok(event.position);
        }
        let stream = stream::agent(agent_id);
        let last = self.store.load_event(&stream, event.revision + u64::from(metadata.followed_by)).await;
        last.map(|last| last.map_or(event.position, |last| last.position)).map_err(|error| {
            store_trouble::report("an agent's stream cannot be read", &stream, &error);
            Failure::<AgentRejection>::StoreUnavailable.into()
        })
    }

    async fn hand_over(
        &self,
        from: &AgentId,
        revision: u64,
    ) -> Result<(RecordedEvent, Metadata, AppointmentHandedOver), Problem> {
        let stream = stream::agent(from);
        let read = self.store.load_event(&stream, revision).await.map_err(|error| {
            store_trouble::report("an agent's stream cannot be read", &stream, &error);
            Problem::from(Failure::<AgentRejection>::StoreUnavailable)
        })?;
        let broken = |error: &str| {
            tracing::error!(stream, revision, error, "a hand-over cannot be read");
            Problem::from(Failure::<AgentRejection>::Broken)
        };
        let event = read.ok_or_else(|| broken("there is no such event"))?;
        let metadata = event.metadata().map_err(|error| broken(&error_chain(&error)))?;
        match AgentEvent::decode(&event.event_type, metadata.schema_version, &event.payload) {
            Ok(AgentEvent::AppointmentHandedOver(handed_over)) => Ok((event, metadata, handed_over)),
            Ok(other) => Err(broken(other.event_type())),
            Err(error) => Err(broken(&error_chain(&error))),
        }
    }
}

/// One step of settling a reservation; the same for everybody who takes it.
fn step(reservation_id: ReservationId, name: &'static str, body: AgentCommand) -> Command<AgentCommand> {
    system_command(step_id(CommandId::new(reservation_id.uuid()), name), name, body)
}
