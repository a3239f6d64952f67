//! A command on its way to the actor of its stream, and what comes of it.

use std::sync::Arc;

use domain::{Command, Receipt, Refusal};
use operation::Accepted;
use tokio::sync::oneshot;
use tracing::Span;
use uuid::Uuid;

use super::stream::EventSourced;
use crate::failure::Failure;

/// A command on its way to the actor of its stream.
#[derive(Debug)]
pub(crate) struct Request<A: EventSourced> {
    pub(crate) command: Command<A::Command>,
    pub(crate) correlation_id: Uuid,
    /// What asks for it, in the trace.
    pub(crate) span: Span,
    pub(crate) reply: oneshot::Sender<Reply<A>>,
}

/// What whoever sent a command is told.
pub(super) type Reply<A> =
    Result<Accepted<<A as domain::Aggregate>::Answer>, Failure<<A as domain::Aggregate>::Rejection>>;

/// What a command answers by its receipt, the first time and whenever it is repeated.
pub(crate) fn accepted<T>(receipt: Receipt<T>, repeated: bool) -> Accepted<T> {
    Accepted { answer: receipt.answer, version: receipt.revision, position: receipt.position, repeated }
}

/// What a decision rests on beside its own stream.
pub(crate) trait World<A: EventSourced>: Send + Sync + 'static {
    /// As it is known here.
    fn current(&self) -> Arc<A::World>;

    /// As the store has it now.
    fn refresh(&self) -> impl Future<Output = Arc<A::World>> + Send;

    /// Called with the state after every append.
    fn committed(&self, _state: &A) {}
}

/// What each command comes to once the batch's events are stored.
pub(super) enum Verdict<A: EventSourced> {
    /// Its receipt is in the state.
    Carried,
    /// It was carried out before. The receipt may be forgotten while the commands after it are decided.
    Repeated(Receipt<A::Answer>),
    Unchanged(A::Answer),
    Refused(Refusal<A::Rejection>),
}

impl<A: EventSourced> Verdict<A> {
    /// Whether it could be another one if the stream has more than is known.
    pub(super) const fn rests_on_state(&self) -> bool {
        matches!(self, Self::Unchanged(_) | Self::Refused(_))
    }
}
