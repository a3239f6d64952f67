//! What every aggregate has in common: commands, decisions and their refusals.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use schemas::event::CommandHadNoEffect;
use schemas::{Actor, CommandId, IfMatch, Origin};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::{EventContext, Receipt, Receipts, StreamTime};

/// A command with its id, sender and content.
#[derive(Debug, Clone)]
pub struct Command<C> {
    /// The same for every retry.
    pub command_id: CommandId,
    /// A digest of its content: a retry has the same one.
    pub digest: String,
    /// The sender.
    pub actor: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// The version that its sender expects of its subject; the command is refused if it has another.
    pub if_match: Option<IfMatch>,
    /// The version that its subject must not have; any = it must not exist yet.
    pub if_none_match: Option<IfMatch>,
    /// Whether it is only asked what would happen: nothing of it is stored.
    pub dry_run: bool,
    /// Whether it may be sent again under this id, so that its answer is remembered even if it changes nothing.
    pub may_repeat: bool,
    /// The content.
    pub body: C,
}

impl<C> Command<C> {
    /// Whether its conditions allow it on a subject of this version; `exists` is whether that is there itself.
    fn is_meant_for(&self, version: u64, exists: bool) -> bool {
        let names = |condition: &IfMatch| match condition {
            IfMatch::Any => exists,
            IfMatch::OneOf(_) => condition.names(version),
        };
        self.if_match.as_ref().is_none_or(names) && !self.if_none_match.as_ref().is_some_and(names)
    }

    /// The same command with another body.
    pub fn map<D>(self, body: impl FnOnce(C) -> D) -> Command<D> {
        Command {
            command_id: self.command_id,
            digest: self.digest,
            actor: self.actor,
            origin: self.origin,
            if_match: self.if_match,
            if_none_match: self.if_none_match,
            dry_run: self.dry_run,
            may_repeat: self.may_repeat,
            body: body(self.body),
        }
    }
}

/// The state folded from the events of one stream, and its decisions on commands.
pub trait Aggregate:
    Default + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Its commands.
    type Command: Debug + Clone + Send + Sync + 'static;
    /// Its events.
    type Event: Debug + Clone + Send + Sync + 'static;
    /// The answer of an accepted command.
    type Answer: Debug + Clone + PartialEq + Serialize + Send + Sync + 'static;
    /// Why a command is refused.
    type Rejection: Debug + Clone + PartialEq + Send + Sync + 'static;
    /// Other data that a decision depends on.
    type Context: ?Sized;

    /// The version of the state's serialised form; a snapshot of another version is not used.
    const SNAPSHOT_VERSION: u16;

    /// Applies one event.
    fn evolve(&mut self, event: &Self::Event, context: &EventContext);

    /// Decides a command: returns the events to append, or none if it changes nothing.
    fn decide(
        &self,
        command: &Command<Self::Command>,
        context: &Self::Context,
        now: DateTime<Utc>,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// The answer of a command that changes nothing.
    fn answer_unchanged(&self, command: &Self::Command) -> Self::Answer;

    /// The event that has an unchanged answer remembered, if its commands can be repeated at all.
    fn no_effect(event: CommandHadNoEffect) -> Option<Self::Event>;

    /// The version of the command's subject: how often it has changed, counted from 1; none if it does not exist yet.
    fn version_of(&self, command: &Self::Command) -> Option<u64>;

    /// Whether the command's subject exists. It may have no version of its own, but that of what it is part of.
    fn exists(&self, command: &Self::Command) -> bool {
        self.version_of(command).is_some()
    }

    /// The time of the stream.
    fn time(&self) -> &StreamTime;

    /// The receipts of recent commands.
    fn receipts(&self) -> &Receipts<Self::Answer>;

    /// Records the position that the append of a command's events returned.
    fn record_position(&mut self, command_id: CommandId, position: u64);

    /// The revision of the last event applied.
    fn revision(&self) -> Option<u64>;
}

/// The outcome of a command that is not refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<A: Aggregate> {
    /// It was carried out before; this receipt has the first answer.
    Repeated(Receipt<A::Answer>),
    /// It changes nothing.
    Unchanged {
        /// Its answer.
        answer: A::Answer,
        /// The version of its subject.
        version: u64,
    },
    /// These events are to be appended.
    Accepted(Vec<A::Event>),
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Refusal<R> {
    /// Its id has been used for another content.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// Its subject has changed since its sender read it.
    #[error("the expected version does not match")]
    StaleVersion {
        /// The version now; none if it does not exist.
        current: Option<u64>,
    },
    /// The aggregate's own reason.
    #[error("refused")]
    Rejected(R),
}

impl<A: Aggregate> Decision<A> {
    /// Decides a command, unless it was carried out before.
    ///
    /// A refused command is not remembered: sent again, it is decided again.
    pub fn of(
        state: &A,
        command: &Command<A::Command>,
        context: &A::Context,
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
        if let Some(version) = current
            && !command.is_meant_for(version, state.exists(&command.body))
        {
            return Err(Refusal::StaleVersion { current });
        }
        let events = state.decide(command, context, now).map_err(Refusal::Rejected)?;
        // Checked last: a rejection such as "no such appointment" says more than a version mismatch.
        if command.if_match.is_some() && current.is_none() {
            return Err(Refusal::StaleVersion { current });
        }
        if !events.is_empty() {
            return Ok(Self::Accepted(events));
        }
        let (answer, version) = (state.answer_unchanged(&command.body), current.unwrap_or(0));
        let remembered = command.may_repeat.then(|| {
            let answer =
                serde_json::to_value(&answer).expect("an answer has text keys and finite numbers only");
            A::no_effect(CommandHadNoEffect { answer, version })
        });
        Ok(match remembered.flatten() {
            Some(event) => Self::Accepted(vec![event]),
            None => Self::Unchanged { answer, version },
        })
    }
}
