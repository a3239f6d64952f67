//! The actor of a stream: takes the commands that wait for it, and carries them out in batches.

use std::sync::Arc;
use std::time::Duration;

use domain::Command;
use event_store::EventStore;
use operation::{Accepted, ClockWatch};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::Span;
use uuid::Uuid;

use super::batch::Batch;
use super::event_sourced::EventSourced;
use super::folded_state::FoldedState;
use super::request::{ContextSource, Outcome, Reply, Request};
use crate::failure::Failure;

/// How many commands may wait for one stream.
const MAILBOX: usize = 256;

/// How many waiting commands are decided and appended together.
const MAX_BATCH: usize = 128;

/// A command that has waited for so long behind one that failed is told so at once: the store has not answered meanwhile, and
/// with as much patience again, the answer would be later than an append's may be.
const WAITED_FOR: Duration = Duration::from_secs(8);

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

impl<A: EventSourced<Context: Send + Sync>> Writer<A> {
    /// Starts the actor. It ends when every clone of this is dropped and its mailbox is empty.
    ///
    /// It runs on `runtime` and not on the caller's, because web workers end with their server.
    pub(crate) fn start(
        runtime: &Handle,
        store: EventStore,
        stream: String,
        context: Arc<impl ContextSource<A>>,
        clock: ClockWatch,
    ) -> Self {
        let (mailbox, requests) = mpsc::channel(MAILBOX);
        let actor = Actor { store, stream, context, clock, loaded: None };
        runtime.spawn(actor.run(requests));
        Self { mailbox }
    }

    /// Whether the actor is running.
    pub(crate) fn is_alive(&self) -> bool {
        !self.mailbox.is_closed()
    }

    /// Sends a command and waits for its outcome. A command that was sent is decided even if the caller stops
    /// waiting. For `newest`, see [`Request`].
    pub(crate) async fn execute(
        &self,
        command: Command<A::Command>,
        correlation_id: Uuid,
        newest: Option<u64>,
    ) -> Reply<A> {
        match self.send(command, correlation_id, newest, false).await? {
            Outcome::Accepted(accepted) => Ok(accepted),
            Outcome::Possible => unreachable!("only a check ends like this"),
        }
    }

    /// Whether the command would be carried out now; its answer, if it was before or would change nothing. Nothing is
    /// stored.
    pub(crate) async fn check(
        &self,
        command: Command<A::Command>,
        correlation_id: Uuid,
        newest: Option<u64>,
    ) -> Reply<A, Option<Accepted<A::Answer>>> {
        match self.send(command, correlation_id, newest, true).await? {
            Outcome::Accepted(accepted) => Ok(Some(accepted)),
            Outcome::Possible => Ok(None),
        }
    }

    async fn send(
        &self,
        command: Command<A::Command>,
        correlation_id: Uuid,
        newest: Option<u64>,
        only_checks: bool,
    ) -> Reply<A, Outcome<A>> {
        let reply = self.deliver(command, correlation_id, newest, only_checks).await;
        if let Err(failure) = &reply {
            failure.count();
        }
        reply
    }

    async fn deliver(
        &self,
        command: Command<A::Command>,
        correlation_id: Uuid,
        newest: Option<u64>,
        only_checks: bool,
    ) -> Reply<A, Outcome<A>> {
        let (reply, answer) = oneshot::channel();
        let (span, sent_at) = (Span::current(), Instant::now());
        let request = Request { command, correlation_id, span, newest, sent_at, only_checks, reply };
        let place = self.mailbox.try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => Failure::Overloaded,
            mpsc::error::TrySendError::Closed(()) => Failure::Stopping,
        })?;
        metrics::gauge!("commands_waiting").increment(1.0);
        place.send(request);
        answer.await.unwrap_or(Err(Failure::BrokenDown))
    }
}

/// Those that can be tried yet.
fn without_late<A: EventSourced>(requests: Vec<Request<A>>) -> Vec<Request<A>> {
    let is_in_time = |request: &Request<A>| request.sent_at.elapsed() < WAITED_FOR;
    let (in_time, late): (Vec<_>, Vec<_>) = requests.into_iter().partition(is_in_time);
    for request in late {
        // The caller may be gone.
        let _ = request.reply.send(Err(Failure::StoreUnavailable));
    }
    in_time
}

/// One writer for one stream: decides in order of arrival, and appends what waited together in one write.
struct Actor<A, W> {
    store: EventStore,
    stream: String,
    context: Arc<W>,
    clock: ClockWatch,
    /// None where the state is not known: before the first command, and after an append that failed.
    loaded: Option<FoldedState<A>>,
}

impl<A: EventSourced<Context: Send + Sync>, W: ContextSource<A>> Actor<A, W> {
    async fn run(mut self, mut mailbox: mpsc::Receiver<Request<A>>) {
        let mut requests = Vec::new();
        while mailbox.recv_many(&mut requests, MAX_BATCH).await > 0 {
            let taken = f64::from(u32::try_from(requests.len()).unwrap_or(0));
            metrics::gauge!("commands_waiting").decrement(taken);
            metrics::histogram!("command_batch_size").record(taken);
            if self.loaded.is_none() {
                requests = without_late(requests);
                if requests.is_empty() {
                    continue;
                }
            }
            let is_for_real = requests.iter().any(Request::is_for_real);
            let mut parts = vec![std::mem::take(&mut requests)];
            while let Some(requests) = parts.pop() {
                let Self { store, stream, context, clock, loaded } = &mut self;
                let batch = Batch { store, stream, context: &**context, clock, requests };
                match batch.carry_out(loaded.take()).await {
                    Ok(known) => *loaded = known,
                    Err(mut first) => {
                        let second = first.split_off(first.len() / 2);
                        parts.extend([second, first]);
                    }
                }
            }
            if let Some(loaded) = self.loaded.as_mut().filter(|_| is_for_real)
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
