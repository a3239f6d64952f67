use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::{AgentCommand, AgentRejection, Answer, Command, Office, OfficeAnswer, OfficeCommand};
use event_store::EventStore;
use http_edge::{Clock, Code, Problem, SlotRefs, error_chain};
use reactor::Running;
use schemas::{Actor, ActorKind, AgentId, AppointmentId, HoldId, Origin, stream};
use serde::Serialize;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::directory::{Behind, Directory, NotReady, SentTo};
use crate::headers::Headers;
use crate::identity;
use crate::reassignment;
use crate::refusal::idempotency_mismatch;
use crate::turns::Turns;
use crate::writer::{Failure, LiveAgents, OfficeFeed, Outcome, Writer};

/// How often an appointment that moves from agent to agent is followed.
pub(crate) const MAX_HOPS: usize = 8;

pub(crate) fn always_elsewhere() -> Problem {
    Problem::new(
        Code::Overloaded,
        "The appointment is being moved; nothing was done. Send it again in a moment.",
    )
}

/// What an operator can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many agents' folded streams are kept in memory.
    pub max_live_agents: NonZeroUsize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_live_agents: NonZeroUsize::new(10_000).expect("ten thousand is not zero") }
    }
}

/// The write side of one process. Its followers end when it is dropped.
#[derive(Debug)]
pub struct CommandApi {
    pub(crate) store: EventStore,
    pub(crate) directory: Arc<Directory>,
    pub(crate) slot_refs: SlotRefs,
    clock: Clock,
    agents: LiveAgents,
    office_feed: Arc<OfficeFeed>,
    office: Mutex<Writer<Office>>,
    pub(crate) runtime: Handle,
    pub(crate) turns: Turns,
    office_follower: Running,
}

impl CommandApi {
    /// Starts to follow the store. Commands are taken at once; [`Self::ready`] says when the past is known.
    ///
    /// Must be called within a tokio runtime, on which everything that outlives a request will run.
    pub fn start(store: EventStore, clock: Clock, slot_refs: SlotRefs, settings: &Settings) -> Arc<Self> {
        crate::metrics::describe();
        let office_feed = Arc::new(OfficeFeed::new(store.clone()));
        let directory = Arc::new(Directory::start(store.clone(), clock));
        let office_follower = office_feed.follow(clock);
        let api = Arc::new(Self {
            agents: LiveAgents::new(store.clone(), Arc::clone(&office_feed), clock, settings.max_live_agents),
            office: Mutex::new(office_writer(&Handle::current(), &store, &office_feed, clock)),
            store,
            clock,
            directory,
            slot_refs,
            office_feed,
            runtime: Handle::current(),
            turns: Turns::default(),
            office_follower,
        });
        // It keeps no hold of the api, and ends by itself when the api is gone.
        tokio::spawn(reassignment::settle(Arc::downgrade(&api)));
        api
    }

    /// Whether every appointment there is can be found.
    pub fn ready(&self) -> Result<(), NotReady> {
        if self.reactors().iter().any(Running::has_ended) {
            return Err(NotReady::Ended);
        }
        self.directory.known()
    }

    /// What follows the log here: each ends with this and whatever of these is kept.
    pub fn reactors(&self) -> [Running; 2] {
        [self.directory.following().clone(), self.office_follower.clone()]
    }

    /// The office's actor; one that a defect has ended is replaced.
    fn office_writer(&self) -> Writer<Office> {
        let mut writer = self.office.lock().unwrap_or_else(PoisonError::into_inner);
        if !writer.is_alive() {
            *writer = office_writer(&self.runtime, &self.store, &self.office_feed, self.clock);
        }
        writer.clone()
    }

    /// Whether the event store is there, as far as is known; when it comes back after an outage, this is told at once.
    pub fn connected(&self) -> Result<(), NotReady> {
        self.directory.connected()
    }

    /// Carries out a command of Citas itself on the office, such as its first policies.
    ///
    /// `key` makes a repetition harmless.
    pub async fn set_up_office(&self, key: &str, body: OfficeCommand) -> Result<(), Problem> {
        let (command, correlation_id) = own_command(key, body);
        self.office_writer().execute(command, correlation_id).await?;
        Ok(())
    }

    /// Carries out a command of Citas itself on an agent, such as a demonstration's.
    ///
    /// `key` makes a repetition harmless.
    pub async fn set_up_agent(
        &self,
        agent_id: &AgentId,
        key: &str,
        body: AgentCommand,
    ) -> Result<(), Problem> {
        let (command, correlation_id) = own_command(key, body);
        self.agents.writer(agent_id).execute(command, correlation_id).await?;
        Ok(())
    }

    /// The office's name; none if it was never set up. Reads the store.
    pub async fn office_name(&self) -> Result<Option<String>, Problem> {
        let office = self.office_feed.read_on().await.map_err(|error| {
            tracing::error!(error = error_chain(&error), "event store");
            Problem::from(Failure::<AgentRejection>::StoreUnavailable)
        })?;
        let name = office.policy().name.clone();
        Ok((!name.is_empty()).then_some(name))
    }

    /// Whether the agent has ever been registered. Reads the store.
    pub async fn knows_agent(&self, agent_id: &AgentId) -> Result<bool, Problem> {
        let revision = self.store.stream_revision(&stream::agent(agent_id)).await;
        revision.map(|revision| revision.is_some()).map_err(|error| {
            tracing::error!(error = error_chain(&error), "event store");
            Failure::<AgentRejection>::StoreUnavailable.into()
        })
    }

    /// What time it is here.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new id, as of now.
    pub fn new_id(&self) -> Uuid {
        identity::new_id(self.now())
    }

    /// Sends a command to an agent's stream, or, if it was carried out on another before, to that one again.
    pub(crate) async fn agent(
        &self,
        agent_id: &AgentId,
        headers: &Headers,
        content: &impl Serialize,
        body: AgentCommand,
    ) -> Result<Outcome<Answer>, Problem> {
        let (command, correlation_id) = self.command(headers, content, body);
        let agent_id = self.carried_out_by(&command)?.unwrap_or_else(|| agent_id.clone());
        Ok(self.execute(&agent_id, command, correlation_id).await?)
    }

    /// The agent on whose stream the command was carried out before, as far as is known here.
    ///
    /// A stream knows its own commands; this finds the keys that were used on another stream.
    pub(crate) fn carried_out_by(&self, command: &Command<AgentCommand>) -> Result<Option<AgentId>, Problem> {
        match self.directory.command(command.command_id) {
            Some(sent) if sent.digest == command.digest => Ok(Some(sent.agent_id)),
            Some(_) => Err(idempotency_mismatch()),
            None => Ok(None),
        }
    }

    /// The first answer to a request about a hold that is gone, if that request is what used it up: a repetition finds
    /// no hold any more, but its key leads to the stream that remembers it.
    pub(crate) async fn answered_before(
        &self,
        hold_id: HoldId,
        headers: &Headers,
        content: &impl Serialize,
    ) -> Result<Option<Outcome<Answer>>, Problem> {
        // Were its receipt gone too, the stream would refuse this as it refuses any hold that is over.
        let body = AgentCommand::ReleaseHold { hold_id };
        let (command, correlation_id) = self.command(headers, content, body);
        match self.carried_out_by(&command)? {
            Some(agent_id) => Ok(Some(self.execute(&agent_id, command, correlation_id).await?)),
            None => Ok(None),
        }
    }

    pub(crate) async fn execute(
        &self,
        agent_id: &AgentId,
        command: Command<AgentCommand>,
        correlation_id: Uuid,
    ) -> Result<Outcome<Answer>, Failure<AgentRejection>> {
        let command_id = command.command_id;
        let sent = SentTo {
            agent_id: agent_id.clone(),
            digest: command.digest.clone(),
            recorded_at: self.clock.now(),
        };
        let outcome = self.agents.writer(agent_id).execute(command, correlation_id).await?;
        if !outcome.repeated {
            self.directory.note_command(command_id, sent);
        }
        Ok(outcome)
    }

    /// Sends a command to the stream of the agent in whose calendar the appointment is.
    ///
    /// Where that agent has let go of it a moment ago, the command follows it.
    pub(crate) async fn appointment(
        &self,
        appointment_id: AppointmentId,
        headers: &Headers,
        content: &impl Serialize,
        body: AgentCommand,
    ) -> Result<Outcome<Answer>, Problem> {
        let mut agent_id = self.directory.appointment(appointment_id).await?.ok_or_else(|| {
            Problem::new(Code::AppointmentNotFound, format!("There is no appointment {appointment_id}."))
        })?;
        for _ in 0..MAX_HOPS {
            match self.agent(&agent_id, headers, content, body.clone()).await {
                Err(problem) if problem.code() == Code::AppointmentNotFound => {
                    match self.directory.moved_on_from(appointment_id, &agent_id).await? {
                        Some(next) => agent_id = next,
                        None => return Err(problem),
                    }
                }
                result => return result,
            }
        }
        Err(always_elsewhere())
    }

    /// Sends a command to the office's stream.
    pub(crate) async fn office(
        &self,
        headers: &Headers,
        content: &impl Serialize,
        body: OfficeCommand,
    ) -> Result<Outcome<OfficeAnswer>, Problem> {
        let (command, correlation_id) = self.command(headers, content, body);
        Ok(self.office_writer().execute(command, correlation_id).await?)
    }

    /// The office as decisions see it.
    pub(crate) async fn office_state(&self) -> Arc<Office> {
        self.office_feed.catch_up().await
    }

    pub(crate) fn command<C>(
        &self,
        headers: &Headers,
        content: &impl Serialize,
        body: C,
    ) -> (Command<C>, Uuid) {
        let actor = headers.principal.0.clone();
        let command_id = match &headers.idempotency_key {
            Some(key) => identity::command_id(&actor, key),
            None => schemas::CommandId::new(self.new_id()),
        };
        let command = Command {
            command_id,
            digest: identity::digest(&headers.method, &headers.path, content),
            actor,
            origin: headers.origin,
            if_match: headers.if_match,
            body,
        };
        (command, headers.correlation_id.unwrap_or(command_id.uuid()))
    }
}

fn own_command<C>(key: &str, body: C) -> (Command<C>, Uuid) {
    let actor = Actor { kind: ActorKind::System, id: "citas".to_owned() };
    let command_id = identity::command_id(&actor, key);
    let command =
        Command { command_id, digest: key.to_owned(), actor, origin: Origin::System, if_match: None, body };
    (command, command_id.uuid())
}

impl From<Behind> for Problem {
    fn from(_: Behind) -> Self {
        Self::new(Code::Behind, "Not all of the past is known here yet; send it again in a moment.")
    }
}

fn office_writer(
    runtime: &Handle,
    store: &EventStore,
    feed: &Arc<OfficeFeed>,
    clock: Clock,
) -> Writer<Office> {
    Writer::start(runtime, store.clone(), stream::OFFICE.to_owned(), Arc::clone(feed), clock)
}
