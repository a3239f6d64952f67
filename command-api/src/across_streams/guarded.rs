//! A change in one agent's calendar that takes time of its lead, and of its property if that is registered.

use std::sync::Arc;

use domain::reservation::Attempt;
use domain::{AgentCommand, AgentRejection, Answer, ClaimedVisit, Command, Guarded, Refusal};
use operation::{Accepted, CommandCall, Problem};
use schemas::value::{ForcedRule, SideReservation};
use schemas::{AgentId, AppointmentId};
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use super::decision::{Asked, Committed, Decision, NotReserved, decide};
use super::side::{Sends, SideNeed, SideReserved};
use crate::CommandApi;
use crate::directory::Candidate;
use crate::failure::Failure;
use crate::in_the_way::settling_deadline;
use crate::send::{MAX_HOPS, always_elsewhere};

impl CommandApi {
    /// Sends a command to an agent's stream, and continues if the client disconnects.
    pub(crate) async fn send_guarded(
        self: &Arc<Self>,
        call: &CommandCall,
        agent_id: &AgentId,
        body: AgentCommand,
    ) -> Result<Accepted<Answer>, Problem> {
        let asked_in = match &body {
            AgentCommand::BookAppointment(booking) => booking.agreed_zone,
            _ => None,
        };
        let (command, correlation_id) = self.command(call, body);
        let (api, candidate) = (Arc::clone(self), Candidate::unknown(agent_id.clone()));
        let sending = async move {
            match api.execute_guarded(&candidate, command, correlation_id, settling_deadline()).await {
                Ok(accepted) => Ok(accepted),
                Err(failure) => Err(api.refused(failure, asked_in).await),
            }
        };
        let sent = self.runtime.spawn(sending.in_current_span()).await;
        sent.unwrap_or_else(|error| Err(Problem::internal(&error)))
    }

    /// Sends a command to the stream of the agent in whose calendar the appointment is, wherever it was reassigned to, and
    /// continues if the client disconnects.
    pub(crate) async fn send_guarded_to_appointment(
        self: &Arc<Self>,
        call: &CommandCall,
        appointment_id: AppointmentId,
        body: AgentCommand,
    ) -> Result<Accepted<Answer>, Problem> {
        let (command, correlation_id) = self.command(call, body);
        let api = Arc::clone(self);
        let sending = async move {
            let mut agent_id = api.agent_of(appointment_id).await?;
            for _ in 0..MAX_HOPS {
                let (candidate, deadline) = (Candidate::unknown(agent_id.clone()), settling_deadline());
                match api.execute_guarded(&candidate, command.clone(), correlation_id, deadline).await {
                    Ok(accepted) => return Ok(accepted),
                    Err(failure) => agent_id = api.next_agent_of(appointment_id, &agent_id, failure).await?,
                }
            }
            Err(always_elsewhere())
        };
        let sent = self.runtime.spawn(sending.in_current_span()).await;
        sent.unwrap_or_else(|error| Err(Problem::internal(&error)))
    }

    /// The same on this agent's stream, of a request that waits for reservations until the deadline.
    pub(crate) async fn execute_guarded(
        &self,
        candidate: &Candidate,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
        deadline: Instant,
    ) -> Result<Accepted<Answer>, Failure<AgentRejection>> {
        let is_alone = match &command.body {
            AgentCommand::BookAppointment(booking) => {
                self.is_agents_alone(booking.property_id.as_ref(), false).await?
            }
            _ => false,
        };
        if is_alone {
            return self.execute_at(candidate, command, correlation_id, deadline).await;
        }
        decide(&Guarding { api: self, candidate, command, correlation_id, deadline }).await
    }
}

struct Guarding<'a> {
    api: &'a CommandApi,
    candidate: &'a Candidate,
    command: Command<AgentCommand>,
    correlation_id: Uuid,
    deadline: Instant,
}

impl Decision for Guarding<'_> {
    type Need = SideNeed;
    type Reserved = SideReserved;
    type Answer = Accepted<Answer>;
    type Error = Failure<AgentRejection>;

    fn always_overtaken() -> Self::Error {
        Failure::Overloaded
    }

    fn is_of_attempt(&self, answer: &Self::Answer) -> bool {
        !answer.repeated
    }

    fn is_dry_run(&self) -> bool {
        self.command.dry_run
    }

    async fn ask(&self) -> Result<Asked<Self::Need, Self::Answer>, Self::Error> {
        match self.send(None).await {
            Ok(accepted) => Ok(Asked::Answered(accepted)),
            Err(Failure::Refused(Refusal::Rejected(AgentRejection::NeedsVisit(needed)))) => {
                let force = forced_by(&self.command.body);
                Ok(Asked::Needs(self.api.side_needs(&needed, force).await?))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn check(&self, need: &Self::Need) -> Result<(), NotReserved<Self::Error>> {
        self.reserve_or_ask(need, Sends::Question).await.map(drop)
    }

    async fn reserve(&self, need: Self::Need) -> Result<(Attempt, Self::Reserved), NotReserved<Self::Error>> {
        let sends = if self.command.dry_run { Sends::Question } else { Sends::Command };
        self.reserve_or_ask(&need, sends).await
    }

    async fn commit(&self, reserved: &[(Attempt, Self::Reserved)]) -> Committed<Self::Answer, Self::Error> {
        let sent = match claimed(reserved.iter().map(|(attempt, reserved)| (attempt, reserved))) {
            Some(claimed) => self.send(Some(claimed)).await,
            None => self.send_bare().await,
        };
        match sent {
            Ok(accepted) => Committed::Made(accepted),
            Err(Failure::Refused(Refusal::Rejected(AgentRejection::AttemptOver)))
                if !is_of_claim(&self.command.body) =>
            {
                Committed::Overtaken
            }
            Err(failure @ (Failure::OutcomeUnknown | Failure::BrokenDown)) => Committed::InDoubt(failure),
            Err(failure) => Committed::Refused(failure),
        }
    }

    async fn settle(&self, _: Attempt, _: &Self::Reserved) -> Result<(), Problem> {
        // It is a claim from the commit on.
        Ok(())
    }

    async fn release(&self, attempt: Attempt, reserved: &Self::Reserved) -> Result<(), Problem> {
        self.api.release_side(attempt, reserved).await
    }
}

impl Guarding<'_> {
    async fn send(&self, claimed: Option<ClaimedVisit>) -> Result<Accepted<Answer>, Failure<AgentRejection>> {
        let guarded = |command| AgentCommand::Guarded(Box::new(Guarded { command, claimed }));
        let command = self.command.clone().map(guarded);
        self.api.execute_at(self.candidate, command, self.correlation_id, self.deadline).await
    }

    async fn send_bare(&self) -> Result<Accepted<Answer>, Failure<AgentRejection>> {
        let command = self.command.clone();
        self.api.execute_at(self.candidate, command, self.correlation_id, self.deadline).await
    }

    async fn reserve_or_ask(
        &self,
        need: &SideNeed,
        sends: Sends,
    ) -> Result<(Attempt, SideReserved), NotReserved<Failure<AgentRejection>>> {
        let deciding = &self.candidate.agent_id;
        self.api.reserve_on(need, deciding, sends, self.deadline).await.map_err(|failure| match failure {
            Failure::OutcomeUnknown | Failure::BrokenDown => NotReserved::InDoubt(failure),
            failure => NotReserved::Refused(failure),
        })
    }
}

impl CommandApi {
    /// Gives up time whose decision was not made.
    pub(super) async fn release_side(
        &self,
        attempt: Attempt,
        reserved: &SideReserved,
    ) -> Result<(), Problem> {
        let SideReserved { side, deciding_stream, .. } = reserved;
        let released = self.release_on(side, attempt.reservation_id, deciding_stream).await;
        released.map_err(|failure| failure.with(|_| AgentRejection::AttemptOver).into())
    }
}

/// What was reserved with leads and properties; none if nothing was.
pub(super) fn claimed<'a>(
    reserved: impl Iterator<Item = (&'a Attempt, &'a SideReserved)>,
) -> Option<ClaimedVisit> {
    let mut claimed: Option<ClaimedVisit> = None;
    for (attempt, reserved) in reserved {
        let all = claimed.get_or_insert_with(|| ClaimedVisit {
            made_at: attempt.made_at,
            reservations: Vec::new(),
            visit: reserved.visit.clone(),
            forced: Vec::new(),
        });
        all.made_at = all.made_at.min(attempt.made_at);
        let (stream, reservation_id) = (reserved.side.stream(), attempt.reservation_id);
        all.reservations.push(SideReservation { stream, reservation_id });
        all.forced.extend(reserved.forced.iter().copied());
    }
    claimed
}

fn forced_by(body: &AgentCommand) -> &[ForcedRule] {
    match body {
        AgentCommand::BookAppointment(booking) => &booking.force,
        AgentCommand::RescheduleAppointment(asked) => &asked.force,
        _ => &[],
    }
}

/// Whether a claim of the request itself may be over: then it is found out whom it goes to.
const fn is_of_claim(body: &AgentCommand) -> bool {
    matches!(body, AgentCommand::BookAppointment(booking) if booking.claim.is_some())
}
