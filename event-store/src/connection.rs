//! A connection that replaces its client when that is dead: by one attempt at a time, with a growing pause between
//! attempts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventstore::{Client, ClientSettings};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;

use crate::fault::{Fault, Verdict};

const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(1);

/// How long a client of a cluster is kept after it has connected, although calls get no answer.
///
/// A client that is discarded while it lives keeps its connection open, so not every failed call may discard it.
const CHOICE_HOLDS: Duration = Duration::from_secs(10);

/// How long to wait before trying again what failed so many times in a row.
pub(crate) fn pause_after(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        _ => FIRST_RETRY_DELAY.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_RETRY_DELAY),
    }
}

/// A connection that outlives the clients that make it up.
pub(crate) struct Connection {
    settings: ClientSettings,
    state: Mutex<State>,
}

enum State {
    Down { failures: u32, retry_at: Instant },
    Connecting(Attempt),
    Up(Arc<Live>),
}

/// The outcome of a connection attempt; none if its runtime was shut down meanwhile.
type Attempt = Shared<BoxFuture<'static, Option<Result<Arc<Live>, Fault>>>>;

/// A client that has spoken with a server.
pub(crate) struct Live {
    pub(crate) client: Client,
    connected_at: Instant,
    answered_at: Mutex<Instant>,
}

impl Live {
    /// Records that the server has answered.
    pub(crate) fn answered(&self) {
        *self.answered_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_silent_since(&self, instant: Instant) -> bool {
        *self.answered_at.lock().unwrap_or_else(PoisonError::into_inner) <= instant
    }
}

impl Connection {
    pub(crate) fn new(settings: ClientSettings) -> Arc<Self> {
        let state = Mutex::new(State::Down { failures: 0, retry_at: Instant::now() });
        Arc::new(Self { settings, state })
    }

    /// The live client, or the outcome of the next attempt to connect.
    ///
    /// The attempt continues if its caller goes away.
    pub(crate) async fn live(self: &Arc<Self>) -> Result<Arc<Live>, Fault> {
        let attempt = {
            let mut state = self.state();
            match &*state {
                State::Up(live) => return Ok(Arc::clone(live)),
                State::Connecting(attempt) => attempt.clone(),
                State::Down { failures, retry_at } => {
                    let attempt = Arc::clone(self).begin(*failures, *retry_at);
                    *state = State::Connecting(attempt.clone());
                    attempt
                }
            }
        };
        if let Some(outcome) = attempt.clone().await {
            return outcome;
        }
        let mut state = self.state();
        if matches!(&*state, State::Connecting(current) if current.ptr_eq(&attempt)) {
            *state = State::Down { failures: 0, retry_at: Instant::now() };
        }
        Err(Fault::setup("the attempt to connect was stopped".to_owned()))
    }

    fn begin(self: Arc<Self>, failures: u32, retry_at: Instant) -> Attempt {
        let attempt = tokio::spawn(async move {
            tokio::time::sleep_until(retry_at).await;
            let outcome = connect(self.settings.clone()).await;
            *self.state() = match &outcome {
                Ok(live) => {
                    tracing::info!("connected to the event store");
                    State::Up(Arc::clone(live))
                }
                Err(fault) => {
                    let failures = failures + 1;
                    tracing::debug!(failures, error = %fault, "cannot connect to the event store");
                    State::Down { failures, retry_at: Instant::now() + pause_after(failures) }
                }
            };
            outcome
        });
        attempt.map(Result::ok).boxed().shared()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a call failed, and discards the client if it cannot recover.
    ///
    /// In a cluster, the client would stay with a node that it has lost, and never look for another.
    pub(crate) fn lost(&self, live: &Arc<Live>, verdict: Verdict) {
        let is_cluster = self.settings.is_dns_discovery_enabled() || self.settings.hosts().len() > 1;
        let is_useless = match verdict {
            Verdict::ClientDead => true,
            Verdict::NotConnected => is_cluster,
            Verdict::Unanswered => is_cluster && live.connected_at.elapsed() > CHOICE_HOLDS,
            Verdict::Elsewhere | Verdict::Refused => false,
        };
        if is_useless {
            self.discard(live);
        }
    }

    /// Discards the client if the server has been silent since a call was sent that got no answer in time.
    ///
    /// The client does not probe idle connections, and would keep using one that swallows everything.
    pub(crate) fn unheard(&self, live: &Arc<Live>, since: Instant) {
        if live.is_silent_since(since) {
            self.discard(live);
        }
    }

    /// Discards the client, unless another has already replaced it.
    fn discard(&self, live: &Arc<Live>) {
        let mut state = self.state();
        if matches!(&*state, State::Up(current) if Arc::ptr_eq(current, live)) {
            tracing::info!("the event store's client is discarded; a new one will connect");
            *state = State::Down { failures: 0, retry_at: Instant::now() };
        }
    }
}

/// Connects on a blocking thread, as every client reads the system's certificates, even without TLS.
async fn connect(settings: ClientSettings) -> Result<Arc<Live>, Fault> {
    let runtime = tokio::runtime::Handle::current();
    let client = tokio::task::spawn_blocking(move || Client::with_runtime_handle(runtime, settings))
        .await
        .map_err(|error| Fault::setup(error.to_string()))?
        .map_err(|error| Fault::setup(format!("{error:#}")))?;
    client.server_info().await?;
    let now = Instant::now();
    Ok(Arc::new(Live { client, connected_at: now, answered_at: Mutex::new(now) }))
}
