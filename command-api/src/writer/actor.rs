use std::sync::Arc;

use domain::{Command, Refusal};
use event_store::EventStore;
use operation::{Accepted, Clock};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tracing::Span;
use uuid::Uuid;

use super::batch::Batch;
use super::stream::{EventSourced, Loaded};

/// How many commands may wait for one stream.
const MAILBOX: usize = 256;

/// How many waiting commands are decided and appended together.
const MAX_BATCH: usize = 128;

/// A command on its way to the actor of its stream.
#[derive(Debug)]
pub(crate) struct Request<A: EventSourced> {
    pub(crate) command: Command<A::Command>,
    pub(crate) correlation_id: Uuid,
    /// What asks for it, in the trace.
    pub(crate) span: Span,
    pub(crate) reply: oneshot::Sender<Reply<A>>,
}

type Reply<A> =
    Result<Accepted<<A as domain::Aggregate>::Answer>, Failure<<A as domain::Aggregate>::Rejection>>;

/// Why a command was not carried out, as far as is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure<R> {
    /// By the rules.
    Refused(Refusal<R>),
    /// Too many commands wait for this stream.
    Overloaded,
    /// The process is stopping; nothing was done.
    Stopping,
    /// The store cannot be reached; nothing was done.
    StoreUnavailable,
    /// The store did not answer; it may have been done. The same command again finds out.
    OutcomeUnknown,
    /// The actor broke down over it; it may have been done. The same command again finds out.
    BrokenDown,
    /// What is stored cannot be read, or what was decided cannot be stored; the log says why.
    Broken,
}

impl<R> Failure<R> {
    /// Counts it, unless it is a decision.
    fn count(&self) {
        let reason = match self {
            Self::Refused(_) => return,
            Self::Overloaded => "overloaded",
            Self::Stopping => "stopping",
            Self::StoreUnavailable => "store_unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::BrokenDown => "broken_down",
            Self::Broken => "broken",
        };
        metrics::counter!("commands_failed_total", "reason" => reason).increment(1);
    }
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

/// The sending end of a stream's actor.
#[derive(Debug)]
pub(crate) struct Writer<A: EventSourced> {
    mailbox: mpsc::Sender<Request<A>>,
}

impl<A: EventSourced> Clone for Writer<A> {
    fn clone(&self) -> Self {
        Self { mailbox: self.mailbox.clone() }
    }
}

impl<A: EventSourced<World: Send + Sync>> Writer<A> {
    /// Starts the actor. It ends when every clone of this is dropped and its mailbox is empty.
    ///
    /// It runs on `runtime`, whichever thread asks for it: web workers come and go with their server.
    pub(crate) fn start(
        runtime: &Handle,
        store: EventStore,
        stream: String,
        world: Arc<impl World<A>>,
        clock: Clock,
    ) -> Self {
        let (mailbox, requests) = mpsc::channel(MAILBOX);
        let actor = Actor { store, stream, world, clock, loaded: None };
        runtime.spawn(actor.run(requests));
        Self { mailbox }
    }

    /// Whether there is still someone to take commands.
    pub(crate) fn is_alive(&self) -> bool {
        !self.mailbox.is_closed()
    }

    /// Sends a command and waits for what becomes of it. A command once sent is decided even if the wait is
    /// given up.
    pub(crate) async fn execute(&self, command: Command<A::Command>, correlation_id: Uuid) -> Reply<A> {
        let reply = self.send(command, correlation_id).await;
        if let Err(failure) = &reply {
            failure.count();
        }
        reply
    }

    async fn send(&self, command: Command<A::Command>, correlation_id: Uuid) -> Reply<A> {
        let (reply, answer) = oneshot::channel();
        let request = Request { command, correlation_id, span: Span::current(), reply };
        let place = self.mailbox.try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => Failure::Overloaded,
            mpsc::error::TrySendError::Closed(()) => Failure::Stopping,
        })?;
        metrics::gauge!("commands_waiting").increment(1.0);
        place.send(request);
        answer.await.unwrap_or(Err(Failure::BrokenDown))
    }
}

/// One writer for one stream: decides in order of arrival, and appends what waited together in one write.
struct Actor<A, W> {
    store: EventStore,
    stream: String,
    world: Arc<W>,
    clock: Clock,
    /// None where the state is not known: before the first command, and after an append that failed.
    loaded: Option<Loaded<A>>,
}

impl<A: EventSourced<World: Send + Sync>, W: World<A>> Actor<A, W> {
    async fn run(mut self, mut mailbox: mpsc::Receiver<Request<A>>) {
        let mut requests = Vec::new();
        while mailbox.recv_many(&mut requests, MAX_BATCH).await > 0 {
            let taken = f64::from(u32::try_from(requests.len()).unwrap_or(0));
            metrics::gauge!("commands_waiting").decrement(taken);
            metrics::histogram!("command_batch_size").record(taken);
            let mut parts = vec![std::mem::take(&mut requests)];
            while let Some(requests) = parts.pop() {
                let Self { store, stream, world, clock, loaded } = &mut self;
                let batch = Batch { store, stream, world: &**world, clock, requests };
                match batch.carry_out(loaded.take()).await {
                    Ok(known) => *loaded = known,
                    Err(mut first) => {
                        let second = first.split_off(first.len() / 2);
                        parts.extend([second, first]);
                    }
                }
            }
            if let Some(loaded) = &mut self.loaded
                && let Some((stream, snapshot)) = loaded.due_snapshot(&self.stream)
            {
                let store = self.store.clone();
                tokio::spawn(async move {
                    if let Err(error) = store.save_snapshot(&stream, &snapshot).await {
                        tracing::warn!(stream, %error, "snapshot not written; it is tried again later");
                    }
                });
            }
        }
    }
}
