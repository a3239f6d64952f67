//! Sends commands to the streams on which they are decided.

use std::sync::Arc;

use domain::{
    Agent, AgentCommand, AgentRejection, Answer, Command, Office, OfficeAnswer, OfficeCommand, Refusal,
};
use operation::{Accepted, Code, CommandCall, Problem};
use schemas::{AgentId, AppointmentId, CommandId, stream};
use tokio::time::Instant;
use uuid::Uuid;

use crate::CommandApi;
use crate::directory::{Candidate, CarriedOutOn, CommandRecord, LookupError};
use crate::failure::Failure;
use crate::identity;
use crate::in_the_way::{Settles, settling_deadline};
use crate::store_trouble;
use crate::writer::FoldedState;

/// How many reassignments in a row a command follows to find its appointment.
pub(crate) const MAX_HOPS: usize = 8;

pub(crate) fn always_elsewhere() -> Problem {
    Problem::new(
        Code::Overloaded,
        "The appointment is being moved; nothing was done. Send it again in a moment.",
    )
}

impl CommandApi {
    /// Sends a command to an agent's stream.
    pub(crate) async fn send_to_agent(
        &self,
        call: &CommandCall,
        agent_id: &AgentId,
        body: AgentCommand,
    ) -> Result<Accepted<Answer>, Problem> {
        let asked_in = match &body {
            AgentCommand::BookAppointment(booking) => booking.agreed_zone,
            _ => None,
        };
        let (command, correlation_id) = self.command(call, body);
        match self.execute(agent_id, command, correlation_id).await {
            Ok(accepted) => Ok(accepted),
            Err(failure) => Err(self.refused(failure, asked_in).await),
        }
    }

    /// Sends a command to the stream of the agent in whose calendar the appointment is.
    ///
    /// If the appointment has just been reassigned, the command follows it.
    pub(crate) async fn send_to_appointment(
        &self,
        call: &CommandCall,
        appointment_id: AppointmentId,
        body: AgentCommand,
    ) -> Result<Accepted<Answer>, Problem> {
        let mut agent_id = self.agent_of(appointment_id).await?;
        for _ in 0..MAX_HOPS {
            let (command, correlation_id) = self.command(call, body.clone());
            match self.execute(&agent_id, command, correlation_id).await {
                Ok(accepted) => return Ok(accepted),
                Err(failure) => agent_id = self.next_agent_of(appointment_id, &agent_id, failure).await?,
            }
        }
        Err(always_elsewhere())
    }

    /// The agent who has the appointment, as far as the log has been read.
    pub(crate) async fn agent_of(&self, appointment_id: AppointmentId) -> Result<AgentId, Problem> {
        let found = self.directory.appointment(appointment_id).await?;
        found.ok_or_else(|| {
            Problem::new(Code::AppointmentNotFound, format!("There is no appointment {appointment_id}."))
        })
    }

    /// The agent to ask next, if the appointment was handed over, so that it was not found or its version is what it was
    /// then; or else the failure itself.
    pub(crate) async fn next_agent_of(
        &self,
        appointment_id: AppointmentId,
        asked: &AgentId,
        failure: Failure<AgentRejection>,
    ) -> Result<AgentId, Problem> {
        let is_not_found =
            failure == Failure::Refused(Refusal::Rejected(AgentRejection::AppointmentNotFound));
        if !is_not_found && !is_stale(&failure) {
            return Err(self.refused(failure, None).await);
        }
        let next = self.directory.last_agent_of(appointment_id).await?;
        // It may have come back since it was not found.
        let is_worth_asking = |next: &AgentId| next != asked || !is_stale(&failure);
        next.filter(is_worth_asking).ok_or_else(|| failure.into())
    }

    /// Sends a command to the office's stream.
    pub(crate) async fn send_to_office(
        &self,
        call: &CommandCall,
        body: OfficeCommand,
    ) -> Result<Accepted<OfficeAnswer>, Problem> {
        let (command, correlation_id) = self.command(call, body);
        let (command_id, sent) =
            (command.command_id, CommandRecord { on: CarriedOutOn::Office, digest: command.digest.clone() });
        let dry_run = command.dry_run;
        let accepted = self.office_writer().execute(command, correlation_id, None).await?;
        if !accepted.repeated && !dry_run {
            self.directory.note_command(command_id, sent);
        }
        Ok(accepted)
    }

    /// The current state of the agent, read from its stream.
    pub(crate) async fn load_agent(&self, agent_id: &AgentId) -> Result<Agent, Problem> {
        let stream = stream::agent(agent_id);
        let loaded = FoldedState::<Agent>::load(&self.store, &stream).await;
        loaded.map(|loaded| loaded.state).map_err(|error| {
            store_trouble::report("an agent's stream cannot be loaded", &stream, &error);
            error.failure::<AgentRejection>().into()
        })
    }

    /// Sends a command to the actor of this agent's stream.
    pub(crate) async fn execute(
        &self,
        agent_id: &AgentId,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
    ) -> Result<Accepted<Answer>, Failure<AgentRejection>> {
        let candidate = Candidate::unknown(agent_id.clone());
        self.execute_at(&candidate, command, correlation_id, settling_deadline()).await
    }

    /// The same, where the office and the last revision of the stream have just been read from the store, of a request
    /// that waits for reservations until the deadline.
    pub(crate) async fn execute_at(
        &self,
        candidate: &Candidate,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
        deadline: Instant,
    ) -> Result<Accepted<Answer>, Failure<AgentRejection>> {
        let once = || self.execute_once(candidate, command.clone(), correlation_id);
        self.settled(&candidate.agent_id, Settles::unless(command.dry_run), deadline, once).await
    }

    /// The same, without settling anything that is in the way.
    pub(crate) async fn execute_once(
        &self,
        candidate: &Candidate,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
    ) -> Result<Accepted<Answer>, Failure<AgentRejection>> {
        let Candidate { agent_id, revision, .. } = candidate;
        self.expect_stream(agent_id, &command.body).await?;
        let command_id = command.command_id;
        // Nobody asks for one that is sent without a key.
        let is_noted = command.may_repeat && !command.dry_run;
        let sent = is_noted.then(|| CommandRecord {
            on: CarriedOutOn::Agent(agent_id.clone()),
            digest: command.digest.clone(),
        });
        let accepted = self.agents.writer(agent_id).execute(command, correlation_id, *revision).await?;
        if let Some(sent) = sent.filter(|_| !accepted.repeated) {
            self.directory.note_command(command_id, sent);
        }
        Ok(accepted)
    }

    /// Whether the command would be carried out; its answer, if it was before or would change nothing. See
    /// [`Self::execute_at`].
    pub(crate) async fn check_at(
        &self,
        candidate: &Candidate,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
        deadline: Instant,
    ) -> Result<Option<Accepted<Answer>>, Failure<AgentRejection>> {
        let once = || self.check_once(candidate, command.clone(), correlation_id);
        self.settled(&candidate.agent_id, Settles::unless(command.dry_run), deadline, once).await
    }

    /// The same, without settling anything that is in the way.
    pub(crate) async fn check_once(
        &self,
        candidate: &Candidate,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
    ) -> Result<Option<Accepted<Answer>>, Failure<AgentRejection>> {
        self.expect_stream(&candidate.agent_id, &command.body).await?;
        let writer = self.agents.writer(&candidate.agent_id);
        writer.check(command, correlation_id, candidate.revision).await
    }

    /// Refuses a command on an agent that nobody has registered. An actor for each such name would evict those of real
    /// agents.
    async fn expect_stream(
        &self,
        agent_id: &AgentId,
        body: &AgentCommand,
    ) -> Result<(), Failure<AgentRejection>> {
        let registers =
            matches!(body, AgentCommand::RegisterAgent { .. } | AgentCommand::UpdateAgentProfile { .. });
        if registers || self.agents.is_live(agent_id) {
            return Ok(());
        }
        let stream = stream::agent(agent_id);
        match self.store.stream_revision(&stream).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Failure::Refused(Refusal::Rejected(AgentRejection::UnknownAgent))),
            Err(error) => {
                store_trouble::report("an agent's stream cannot be looked up", &stream, &error);
                Err(Failure::StoreUnavailable)
            }
        }
    }

    /// The office, after catching up with the store.
    pub(crate) async fn refresh_office(&self) -> Arc<Office> {
        self.office_feed.catch_up().await
    }

    /// The command of this call, and its correlation id.
    pub(crate) fn command<C>(&self, call: &CommandCall, body: C) -> (Command<C>, Uuid) {
        let CommandCall { delivery, digest } = call;
        let command_id = match &delivery.idempotency_key {
            Some(key) => identity::command_id(&delivery.actor, key),
            None => CommandId::new(self.new_id()),
        };
        let command = Command {
            command_id,
            digest: digest.clone(),
            actor: delivery.actor.clone(),
            origin: delivery.origin,
            if_match: delivery.if_match.clone(),
            if_none_match: delivery.if_none_match.clone(),
            dry_run: delivery.dry_run,
            may_repeat: delivery.idempotency_key.is_some(),
            body,
        };
        (command, delivery.correlation_id.unwrap_or(command_id.uuid()))
    }
}

const fn is_stale(failure: &Failure<AgentRejection>) -> bool {
    matches!(failure, Failure::Refused(Refusal::StaleVersion { .. }))
}

impl From<LookupError> for Problem {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Behind => Self::new(
                Code::Behind,
                "This process is still behind the event log; send it again in a moment.",
            ),
            LookupError::StoreUnavailable => Failure::<AgentRejection>::StoreUnavailable.into(),
        }
    }
}
