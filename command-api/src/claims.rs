//! The claims of commands that name no agent: one stream for each day, of which each is let go of as a whole.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{AgentCommand, ClaimAnswer, ClaimCommand, ClaimRejection, Claims, Command, Refusal};
use event_store::EventStore;
use operation::{ClockWatch, Problem};
use schemas::{AgentId, CommandId, ReservationId, stream};
use tokio::runtime::Handle;

use crate::failure::Failure;
use crate::identity;
use crate::store_trouble;
use crate::writer::{NoContext, Writer};

/// How many past days are looked through for streams to let go of: those of yesterday and today are needed.
const LET_GO_OF: std::ops::RangeInclusive<u64> = 2..=8;

/// Whom a command goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The day in whose stream it is.
    pub(crate) day: NaiveDate,
    pub(crate) id: ReservationId,
    pub(crate) agent_id: AgentId,
    /// When this process has learned of it.
    pub(crate) read_at: DateTime<Utc>,
}

impl Claim {
    /// Whether both are of the same command, for the same agent.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.id, &self.agent_id) == (other.id, &other.agent_id)
    }
}

/// The claims of yesterday and today.
#[derive(Debug)]
pub(crate) struct ClaimBook {
    runtime: Handle,
    store: EventStore,
    clock: ClockWatch,
    days: Mutex<BTreeMap<NaiveDate, Writer<Claims>>>,
    /// The last day that is known to be closed.
    closed: Mutex<Option<NaiveDate>>,
}

type Answered = Result<ClaimAnswer, Failure<ClaimRejection>>;

impl ClaimBook {
    /// Its actors will run on the runtime that this is called on.
    pub(crate) fn new(store: EventStore, clock: ClockWatch) -> Self {
        let (days, closed) = (Mutex::default(), Mutex::default());
        Self { runtime: Handle::current(), store, clock, days, closed }
    }

    /// Whom the command goes to, if that is agreed on.
    pub(crate) async fn find(&self, command: &Command<AgentCommand>) -> Result<Option<Claim>, Problem> {
        let today = self.today();
        for day in [yesterday_of(today), today] {
            if let Some(claim) = self.find_of(day, command, None).await? {
                return Ok(Some(claim));
            }
        }
        Ok(None)
    }

    /// Has the command go to this agent, unless it goes to one already.
    pub(crate) async fn claim<C>(&self, command: &Command<C>, agent_id: AgentId) -> Result<Claim, Problem> {
        let read_at = self.clock.look();
        let mut day = self.today();
        loop {
            let yesterday = yesterday_of(day);
            self.close(yesterday).await?;
            // Nothing is claimed there any more, so that what this process knows of it will do.
            if let Some(claim) = self.find_of(yesterday, command, Some(0)).await? {
                return Ok(claim);
            }
            let claim = ClaimCommand::Claim {
                command_id: command.command_id,
                digest: command.digest.clone(),
                claim_id: ReservationId::new(self.new_id()),
                agent_id: agent_id.clone(),
            };
            match self.execute(day, claim, None).await {
                // By the clock of another process it is over.
                Err(Failure::Refused(Refusal::Rejected(ClaimRejection::Closed))) if day <= self.today() => {
                    day = day + Days::new(1);
                }
                answered => {
                    let claim = claimed(day, read_at, answered)?;
                    return claim.ok_or_else(|| Failure::<ClaimRejection>::Broken.into());
                }
            }
        }
    }

    /// For `newest`, see [`Request`](crate::writer).
    async fn find_of<C>(
        &self,
        day: NaiveDate,
        command: &Command<C>,
        newest: Option<u64>,
    ) -> Result<Option<Claim>, Problem> {
        let read_at = self.clock.look();
        let (command_id, digest) = (command.command_id, command.digest.clone());
        let find = ClaimCommand::Find { command_id, digest };
        claimed(day, read_at, self.execute(day, find, newest).await)
    }

    /// Has the command go to the next agent, after it was ruled out at the one of this claim. Returns whom it goes to.
    pub(crate) async fn pass_on(
        &self,
        command: &Command<AgentCommand>,
        claim: &Claim,
        to: AgentId,
    ) -> Result<Option<Claim>, Problem> {
        let read_at = self.clock.look();
        let (claim_id, from) = (claim.id, claim.agent_id.clone());
        let pass_on = ClaimCommand::PassOn { command_id: command.command_id, claim_id, from, to };
        claimed(claim.day, read_at, self.execute(claim.day, pass_on, None).await)
    }

    /// Gives the claim up, after the command was ruled out at its agent.
    pub(crate) async fn release(
        &self,
        command: &Command<AgentCommand>,
        claim: &Claim,
    ) -> Result<(), Problem> {
        let (claim_id, from) = (claim.id, claim.agent_id.clone());
        let release = ClaimCommand::Release { command_id: command.command_id, claim_id, from };
        self.execute(claim.day, release, None).await.map(drop).map_err(Problem::from)
    }

    /// Has nothing claimed any more on a day that is over, and lets go of those long before.
    async fn close(&self, day: NaiveDate) -> Result<(), Problem> {
        if *self.closed.lock().unwrap_or_else(PoisonError::into_inner) >= Some(day) {
            return Ok(());
        }
        self.execute(day, ClaimCommand::Close, None).await.map_err(Problem::from)?;
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(day);
        self.days.lock().unwrap_or_else(PoisonError::into_inner).retain(|known, _| day <= *known);
        // By a clock that jumps, those that are needed would go.
        if self.clock.check().is_ok() {
            for days in LET_GO_OF.map(|days| days - 1) {
                self.let_go_of(day - Days::new(days)).await;
            }
        }
        Ok(())
    }

    async fn let_go_of(&self, day: NaiveDate) {
        let stream = stream::claimed(day);
        let deleted = match self.store.stream_revision(&stream).await {
            Ok(None) => return,
            Ok(Some(_)) => self.store.delete_stream(&stream).await,
            Err(error) => return store_trouble::report("old claims cannot be read", &stream, &error),
        };
        if let Err(error) = deleted {
            store_trouble::report("old claims cannot be deleted", &stream, &error);
        }
    }

    async fn execute(&self, day: NaiveDate, body: ClaimCommand, newest: Option<u64>) -> Answered {
        let id = self.new_id();
        self.writer(day).execute(step(id, body), id, newest).await.map(|accepted| accepted.answer)
    }

    fn writer(&self, day: NaiveDate) -> Writer<Claims> {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = days.get(&day).filter(|writer| writer.is_alive()) {
            return writer.clone();
        }
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let writer = Writer::start(&self.runtime, store, stream::claimed(day), Arc::new(NoContext), clock);
        days.insert(day, writer.clone());
        writer
    }

    fn today(&self) -> NaiveDate {
        self.clock.look().date_naive()
    }

    fn new_id(&self) -> uuid::Uuid {
        identity::new_id(self.clock.look())
    }
}

fn yesterday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(1)
}

fn claimed(day: NaiveDate, read_at: DateTime<Utc>, answered: Answered) -> Result<Option<Claim>, Problem> {
    let ClaimAnswer { claimed } = answered.map_err(Problem::from)?;
    Ok(claimed.map(|(id, agent_id)| Claim { day, id, agent_id, read_at }))
}

/// A command on claims: each is sent once.
fn step(id: uuid::Uuid, body: ClaimCommand) -> Command<ClaimCommand> {
    identity::system_command(CommandId::new(id), body.name(), body)
}
