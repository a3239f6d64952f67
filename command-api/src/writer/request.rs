//! A command that is sent to the actor of its stream, and its outcome.

use std::sync::Arc;

use domain::{Command, Receipt, Refusal};
use operation::Accepted;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Span;
use uuid::Uuid;

use super::event_sourced::EventSourced;
use crate::failure::Failure;

/// A command that is sent to the actor of its stream.
#[derive(Debug)]
pub(crate) struct Request<A: EventSourced> {
    pub(crate) command: Command<A::Command>,
    pub(crate) correlation_id: Uuid,
    /// The span that the command's spans are children of.
    pub(crate) span: Span,
    /// The last revision of the stream, if the sender has read that and the context from the store just now: then a
    /// refusal needs not be checked against them again.
    pub(crate) newest: Option<u64>,
    /// When it was sent.
    pub(crate) sent_at: Instant,
    /// Whether to decide it only, and leave it at that.
    pub(crate) only_checks: bool,
    pub(crate) reply: oneshot::Sender<Reply<A, Outcome<A>>>,
}

impl<A: EventSourced> Request<A> {
    /// Whether anything of it may be stored.
    pub(super) const fn is_for_real(&self) -> bool {
        !self.only_checks && !self.command.dry_run
    }

    /// Whether this state has everything that was on the stream when the command was sent.
    pub(super) fn knows_current(&self, state: &A) -> bool {
        self.newest.is_some() && self.newest <= state.revision()
    }
}

/// The answer to the sender of a command.
pub(super) type Reply<A, Outcome = Accepted<<A as domain::Aggregate>::Answer>> =
    Result<Outcome, Failure<<A as domain::Aggregate>::Rejection>>;

/// What became of a command that was not refused.
#[derive(Debug)]
pub(crate) enum Outcome<A: EventSourced> {
    /// It was carried out, now or before, or changed nothing.
    Accepted(Accepted<A::Answer>),
    /// It would be carried out, but was only to be checked.
    Possible,
}

/// The answer that a receipt stands for, the first time and whenever the command is repeated.
pub(crate) fn accepted<T>(receipt: Receipt<T>, repeated: bool) -> Accepted<T> {
    Accepted { answer: receipt.answer, version: receipt.version, position: receipt.position, repeated }
}

/// Provides the state that a decision depends on beside its own stream.
pub(crate) trait ContextSource<A: EventSourced>: Send + Sync + 'static {
    /// The last known state.
    fn current(&self) -> Arc<A::Context>;

    /// The state after catching up with the store.
    fn refresh(&self) -> impl Future<Output = Arc<A::Context>> + Send;

    /// Called with the state after every append.
    fn committed(&self, _state: &A) {}
}

/// For decisions that depend on nothing beside their own stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoContext;

impl<A: EventSourced<Context = ()>> ContextSource<A> for NoContext {
    fn current(&self) -> Arc<()> {
        Arc::new(())
    }

    async fn refresh(&self) -> Arc<()> {
        Arc::new(())
    }
}

/// The outcome of a command once the batch's events are stored.
pub(super) enum Verdict<A: EventSourced> {
    /// It was carried out; its receipt is in the state.
    Carried,
    /// It was carried out before. The receipt is kept here, as the state may drop it while later commands are
    /// decided.
    Repeated(Receipt<A::Answer>),
    /// It changed nothing. The version is that at its turn, which a later command of the batch may have changed.
    Unchanged {
        answer: A::Answer,
        version: u64,
    },
    /// It would be carried out, but is only checked.
    Possible,
    /// It would be carried out with this receipt, but it is only asked what would happen.
    Foreseen(Receipt<A::Answer>),
    Refused(Refusal<A::Rejection>),
}

impl<A: EventSourced> Verdict<A> {
    /// Whether the outcome could be another if the stream has newer events.
    pub(super) const fn depends_on_state(&self) -> bool {
        matches!(self, Self::Unchanged { .. } | Self::Possible | Self::Foreseen(_) | Self::Refused(_))
    }
}
