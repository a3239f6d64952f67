use std::fmt::Debug;

use chrono::{DateTime, Utc};
use schemas::{Actor, CommandId, Origin};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::{Fact, Receipt, Receipts};

/// A command with what makes it that command and no other.
#[derive(Debug, Clone)]
pub struct Command<C> {
    /// The same for every retry.
    pub command_id: CommandId,
    /// A digest of its content: a retry has the same one.
    pub digest: String,
    /// Who asks.
    pub actor: Actor,
    /// Through which channel.
    pub origin: Origin,
    /// The revision that its sender has seen; the command is refused if what it changes has changed since.
    pub if_match: Option<u64>,
    /// What is asked.
    pub body: C,
}

impl<C> Command<C> {
    /// The same with another body.
    pub fn map<D>(self, body: impl FnOnce(C) -> D) -> Command<D> {
        let Self { command_id, digest, actor, origin, if_match, body: asked } = self;
        Command { command_id, digest, actor, origin, if_match, body: body(asked) }
    }
}

/// The state that the events of one stream add up to, and what it makes of a command.
pub trait Aggregate:
    Default + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What can be asked of it.
    type Command: Debug + Clone + Send + Sync + 'static;
    /// What can have happened to it.
    type Event: Debug + Clone + Send + Sync + 'static;
    /// What an accepted command answers.
    type Answer: Debug + Clone + PartialEq + Serialize + Send + Sync + 'static;
    /// Why a command is refused.
    type Rejection: Debug + Clone + PartialEq + Send + Sync + 'static;
    /// What else a decision rests on.
    type World: ?Sized;

    /// The version of the state's serialised form; a snapshot of another version is not used.
    const SNAPSHOT_VERSION: u16;

    /// Takes in one event.
    fn evolve(&mut self, event: &Self::Event, fact: &Fact);

    /// What follows from the command: events, or none where it asks for what is already so.
    fn decide(
        &self,
        command: &Command<Self::Command>,
        world: &Self::World,
        now: DateTime<Utc>,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// What to answer to a command that changes nothing.
    fn answer_unchanged(&self, command: &Self::Command) -> Self::Answer;

    /// The revision at which what the command changes last changed; none if it does not exist yet.
    fn version_of(&self, command: &Self::Command) -> Option<u64>;

    /// The commands it remembers.
    fn receipts(&self) -> &Receipts<Self::Answer>;

    /// Notes the position that the append of a command's events answered with.
    fn settle(&mut self, command_id: CommandId, position: u64);

    /// The revision of the last event taken in.
    fn revision(&self) -> Option<u64>;
}

/// What comes of a command that is not refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<A: Aggregate> {
    /// It was carried out before: the first answer, again.
    Repeated(Receipt<A::Answer>),
    /// What it asks for is already so.
    Unchanged(A::Answer),
    /// These events are to be appended.
    Accepted(Vec<A::Event>),
}

/// Why nothing comes of a command.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Refusal<R> {
    /// Its id has been used for other content.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// What it changes has changed since its sender looked.
    #[error("the version asked for does not match")]
    StaleVersion {
        /// The version now; none if it does not exist.
        current: Option<u64>,
    },
    /// The aggregate's own reason.
    #[error("refused")]
    Rejected(R),
}

impl<A: Aggregate> Decision<A> {
    /// Decides, having first looked whether the command was carried out before.
    ///
    /// A refused command leaves no trace: sent again, it is decided again.
    pub fn of(
        state: &A,
        command: &Command<A::Command>,
        world: &A::World,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal<A::Rejection>> {
        if let Some(receipt) = state.receipts().get(command.command_id) {
            return if receipt.digest == command.digest {
                Ok(Self::Repeated(receipt.clone()))
            } else {
                Err(Refusal::IdempotencyMismatch)
            };
        }
        let current = state.version_of(&command.body);
        if let (Some(seen), Some(version)) = (command.if_match, current)
            // Whoever has seen revision N of the stream has seen everything that changed up to N.
            && (seen < version || state.revision().is_none_or(|last| seen > last))
        {
            return Err(Refusal::StaleVersion { current });
        }
        let events = state.decide(command, world, now).map_err(Refusal::Rejected)?;
        // Only now: that there is no such appointment says more than that its version does not match.
        if command.if_match.is_some() && current.is_none() {
            return Err(Refusal::StaleVersion { current });
        }
        Ok(if events.is_empty() {
            Self::Unchanged(state.answer_unchanged(&command.body))
        } else {
            Self::Accepted(events)
        })
    }
}
