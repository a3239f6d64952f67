//! A connection that is established again whenever it is lost: by one attempt at a time, with a growing pause between
//! attempts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;
use tonic::Status;

use crate::cause::Cause;
use crate::channel::Wire;
use crate::cluster::Cluster;
use crate::fault::{Asked, Fault, Question};
use crate::node::Node;
use crate::verdict::Verdict;

const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(1);
/// The longest pause between attempts to reach a cluster, which has a new leader some seconds after it has lost one.
const LONGEST_CLUSTER_DELAY: Duration = Duration::from_millis(500);

/// How long to wait before trying again what failed so many times in a row.
pub(crate) fn pause_after(failures: u32) -> Duration {
    doubled(FIRST_RETRY_DELAY, failures).min(LONGEST_RETRY_DELAY)
}

fn doubled(first: Duration, failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        _ => first.saturating_mul(1 << (failures - 1).min(16)),
    }
}

/// A connection that outlives the wires that make it up.
pub(crate) struct Connection {
    pub(crate) cluster: Arc<Cluster>,
    state: Mutex<State>,
}

enum State {
    Down { failures: u32, retry_at: Instant, named: Option<Node> },
    Connecting(Attempt),
    Up(Arc<Live>),
}

/// The outcome of a connection attempt; none if its runtime was shut down meanwhile.
type Attempt = Shared<BoxFuture<'static, Option<Result<Arc<Live>, Fault>>>>;

/// A connection to a server that has spoken.
pub(crate) struct Live {
    pub(crate) wire: Wire,
    pub(crate) node: Node,
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
    pub(crate) fn new(cluster: Arc<Cluster>) -> Arc<Self> {
        Arc::new(Self { cluster, state: Mutex::new(State::down(None)) })
    }

    /// The live connection, or the outcome of the next attempt to connect.
    ///
    /// The attempt continues if its caller goes away.
    pub(crate) async fn live(self: &Arc<Self>) -> Result<Arc<Live>, Fault> {
        let attempt = {
            let mut state = self.state();
            match &*state {
                State::Up(live) => return Ok(Arc::clone(live)),
                State::Connecting(attempt) => attempt.clone(),
                State::Down { failures, retry_at, named } => {
                    let attempt = Arc::clone(self).begin(*failures, *retry_at, named.clone());
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
            *state = State::down(None);
        }
        Err(Fault::new(Cause::Other, "the attempt to connect was stopped"))
    }

    fn begin(self: Arc<Self>, failures: u32, retry_at: Instant, named: Option<Node>) -> Attempt {
        let attempt = tokio::spawn(async move {
            tokio::time::sleep_until(retry_at).await;
            let outcome =
                self.cluster.connect(named).await.map(|(node, wire)| {
                    Arc::new(Live { wire, node, answered_at: Mutex::new(Instant::now()) })
                });
            *self.state() = match &outcome {
                Ok(live) => {
                    tracing::debug!(node = %live.node, "connected to the event store");
                    State::Up(Arc::clone(live))
                }
                Err(fault) => {
                    let failures = failures + 1;
                    tracing::debug!(failures, error = %fault, "cannot connect to the event store");
                    State::Down {
                        failures,
                        retry_at: Instant::now() + self.pause_after(failures),
                        named: None,
                    }
                }
            };
            outcome
        });
        attempt.map(Result::ok).boxed().shared()
    }

    fn pause_after(&self, failures: u32) -> Duration {
        let target = &self.cluster.target;
        let longest = if target.is_cluster { LONGEST_CLUSTER_DELAY } else { LONGEST_RETRY_DELAY };
        doubled(target.discovery_interval, failures).min(longest)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a failed call: what it means, and why it failed. Leaves a connection that is broken or leads to a follower.
    pub(crate) fn failed(&self, live: &Arc<Live>, status: &Status, asked: Asked<'_>) -> (Verdict, Fault) {
        let question = Question { asked, user: self.cluster.user(), node: &live.node };
        let fault = Fault::of_status(status, question);
        let verdict = Verdict::of(status);
        match &verdict {
            Verdict::NotSent | Verdict::Broken => {
                self.cluster.suspect(&live.node);
                self.leave(live, None);
            }
            // A server on its own that is not ready will be, on the same connection.
            Verdict::Elsewhere(None) if !self.cluster.target.is_cluster => live.answered(),
            Verdict::Elsewhere(leader) => self.leave(live, leader.clone()),
            Verdict::NotTaken | Verdict::Unanswered | Verdict::Refused => live.answered(),
        }
        (verdict, fault)
    }

    /// Leaves the connection if the server has said nothing at all since a call was sent that got no answer in time.
    pub(crate) fn unheard(&self, live: &Arc<Live>, since: Instant) {
        if live.is_silent_since(since) {
            self.cluster.suspect(&live.node);
            self.leave(live, None);
        }
    }

    /// Leaves the connection, unless another has already replaced it, for the server that was named or for any.
    fn leave(&self, live: &Arc<Live>, named: Option<Node>) {
        let mut state = self.state();
        if matches!(&*state, State::Up(current) if Arc::ptr_eq(current, live)) {
            tracing::info!(node = %live.node, "a connection to the event store is given up");
            *state = State::down(named);
        }
    }
}

impl State {
    fn down(named: Option<Node>) -> Self {
        Self::Down { failures: 0, retry_at: Instant::now(), named }
    }
}
