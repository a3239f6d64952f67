use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tonic::Status;

use crate::cause::Cause;
use crate::cluster::Cluster;
use crate::connection::{Connection, Live, pause_after};
use crate::connection_string::{ConnectionString, ConnectionStringError};
use crate::fault::{Asked, Fault};
use crate::settings::Settings;
use crate::verdict::Verdict;

/// How often a call that was certainly not done is sent again to a server on its own. A cluster is given until the call's
/// deadline, as it may be electing a leader.
const RESENDS: u32 = 2;
/// How long one try may go without an answer before the call is sent again, on another connection if the server says nothing
/// else either.
pub(crate) const TRY_TIMEOUT: Duration = Duration::from_secs(2);

/// The event store. Clones share one connection, over which calls run side by side.
#[derive(Clone)]
pub struct EventStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) calls: Arc<Connection>,
    pub(crate) snapshot_streams: Mutex<HashSet<Box<str>>>,
    trouble: Mutex<Option<Fault>>,
}

/// Why a call has no result.
pub(crate) enum CallError {
    /// It was certainly not done.
    NotSent(Fault),
    /// It may have been done.
    Unanswered(Fault),
    /// The server refused it.
    Refused {
        fault: Fault,
        /// Whether an earlier try got no answer.
        in_doubt: bool,
    },
}

impl CallError {
    pub(crate) fn fault(&self) -> &Fault {
        match self {
            Self::NotSent(fault) | Self::Unanswered(fault) | Self::Refused { fault, .. } => fault,
        }
    }
}

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) deadline: Instant,
    /// The longest silence of one try.
    pub(crate) each: Duration,
}

/// A call's result, the connection that brought it, and whether an earlier try got no answer.
pub(crate) struct Answered<T> {
    pub(crate) result: T,
    pub(crate) live: Arc<Live>,
    pub(crate) in_doubt: bool,
}

/// The tries of one call so far.
#[derive(Default)]
struct Tries {
    failed: u32,
    unconnected: u32,
    in_doubt: bool,
    last: Option<Fault>,
}

impl EventStore {
    /// An event store at this address, such as `esdb://localhost:2113?tls=false`, with default settings.
    ///
    /// Does no IO: it connects at the first use, and again whenever the connection is lost.
    pub fn new(connection_string: &str) -> Result<Self, ConnectionStringError> {
        Self::with_settings(connection_string, Settings::default())
    }

    /// An event store at this address, with these settings; a deadline in the address replaces theirs.
    pub fn with_settings(connection_string: &str, settings: Settings) -> Result<Self, ConnectionStringError> {
        let target = ConnectionString::parse(connection_string)?;
        let settings = settings.with_deadline(target.default_deadline);
        let cluster = Cluster::new(target);
        let inner = Inner {
            settings,
            calls: Connection::new(Arc::clone(&cluster)),
            cluster,
            snapshot_streams: Mutex::default(),
            trouble: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The servers that its address names, for messages.
    pub fn servers(&self) -> String {
        self.inner.cluster.target.server_names()
    }

    /// Why the last call got no answer; none once one is answered, and before the first.
    pub fn trouble(&self) -> Option<Fault> {
        self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a call, and sends it again until it is known to be done, is refused, or its time is over.
    pub(crate) async fn call<T, Call>(
        &self,
        bounds: Bounds,
        asked: Asked<'_>,
        send: impl Fn(Arc<Live>) -> Call,
    ) -> Result<Answered<T>, CallError>
    where
        Call: Future<Output = Result<T, Status>>,
    {
        let outcome = self.try_until(bounds, asked, send).await;
        let trouble = match &outcome {
            Ok(_) => None,
            Err(error @ CallError::Refused { .. }) if !error.fault().cause().needs_operator() => None,
            Err(error) => Some(error.fault().clone()),
        };
        self.set_trouble(trouble);
        outcome
    }

    pub(crate) fn set_trouble(&self, trouble: Option<Fault>) {
        *self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    async fn try_until<T, Call>(
        &self,
        Bounds { deadline, each }: Bounds,
        asked: Asked<'_>,
        send: impl Fn(Arc<Live>) -> Call,
    ) -> Result<Answered<T>, CallError>
    where
        Call: Future<Output = Result<T, Status>>,
    {
        let calls = &self.inner.calls;
        let begun_at = Instant::now();
        let mut tries = Tries::default();
        loop {
            let live = match timeout_at(deadline, calls.live()).await {
                Ok(Ok(live)) => live,
                Ok(Err(fault)) => {
                    tries.unconnected += 1;
                    if fault.cause().needs_operator()
                        || !self.is_patient(&tries, tries.unconnected, 0, &fault)
                    {
                        return Err(tries.end(fault));
                    }
                    // The connection makes a pause before the next attempt.
                    tries.last = Some(fault);
                    continue;
                }
                Err(_) => {
                    let last = tries.last.take();
                    return Err(tries
                        .end(last.unwrap_or_else(|| Fault::deadline(&self.servers(), deadline - begun_at))));
                }
            };
            let sent_at = Instant::now();
            let Ok(outcome) = timeout_at(deadline.min(sent_at + each), send(Arc::clone(&live))).await else {
                calls.unheard(&live, sent_at);
                tries.in_doubt = true;
                tries.failed += 1;
                let fault = Fault::silent(&live.node, each);
                if deadline <= Instant::now() {
                    return Err(tries.end(fault));
                }
                tries.last = Some(fault);
                continue;
            };
            let status = match outcome {
                Ok(result) => {
                    live.answered();
                    return Ok(Answered { result, live, in_doubt: tries.in_doubt });
                }
                Err(status) => status,
            };
            let (verdict, fault) = calls.failed(&live, &status, asked);
            tracing::debug!(error = %fault, ?verdict, "a call to the event store failed");
            tries.failed += 1;
            match verdict {
                _ if verdict == Verdict::Refused || fault.cause().needs_operator() => {
                    return Err(CallError::Refused { fault, in_doubt: tries.in_doubt });
                }
                Verdict::Broken | Verdict::Unanswered => tries.in_doubt = true,
                Verdict::Elsewhere(_) | Verdict::NotTaken | Verdict::NotSent | Verdict::Refused => {}
            }
            if !self.is_patient(&tries, tries.failed, RESENDS, &fault) {
                return Err(tries.end(fault));
            }
            // The first repetition goes at once: to the leader, or on a new connection.
            let again_at = Instant::now() + pause_after(tries.failed - 1);
            if deadline <= again_at {
                return Err(tries.end(fault));
            }
            tries.last = Some(fault);
            sleep_until(again_at).await;
        }
    }

    /// Whether to go on after so many failures of a kind. What is in doubt is worth finding out, and what may end by itself worth
    /// waiting for: a cluster's election, a server that hangs. A server on its own that is away is not.
    fn is_patient(&self, tries: &Tries, failures: u32, most: u32, fault: &Fault) -> bool {
        let target = &self.inner.cluster.target;
        match target.max_discover_attempts {
            _ if tries.in_doubt => true,
            Some(limit) if tries.failed == 0 => failures < limit,
            _ => target.is_cluster || fault.cause() == Cause::Silent || failures <= most,
        }
    }
}

impl Tries {
    fn end(&self, fault: Fault) -> CallError {
        match fault.cause() {
            _ if self.in_doubt => CallError::Unanswered(fault),
            Cause::NoRight | Cause::WrongPassword => CallError::Refused { fault, in_doubt: false },
            _ => CallError::NotSent(fault),
        }
    }
}

impl fmt::Debug for EventStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStore").finish_non_exhaustive()
    }
}
