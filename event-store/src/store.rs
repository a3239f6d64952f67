use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::time::{Instant, timeout_at};

use crate::connection::{Connection, Live};
use crate::connection_pool::ConnectionPool;
use crate::fault::{Fault, Verdict, verdict};
use crate::settings::{self, ConnectionStringError, Settings};

/// How often a call that was certainly not done is sent again: with a new client, or to the leader.
const RESENDS: usize = 2;

/// The event store. Clones share one connection, over which calls run side by side.
#[derive(Clone)]
pub struct EventStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) calls: Arc<Connection>,
    pub(crate) pool: Arc<ConnectionPool>,
    pub(crate) snapshot_streams: Mutex<HashSet<Box<str>>>,
}

/// Why a call has no result.
pub(crate) enum CallError {
    /// It was certainly not done.
    NotSent(Fault),
    /// It may have been done.
    Unanswered(Fault),
    /// The server refused it.
    Refused(eventstore::Error),
}

impl EventStore {
    /// An event store at this address, such as `esdb://localhost:2113?tls=false`, with default settings.
    ///
    /// Does no IO: it connects at the first use, and again whenever the connection is lost.
    pub fn new(connection_string: &str) -> Result<Self, ConnectionStringError> {
        Self::with_settings(connection_string, Settings::default())
    }

    /// An event store at this address, with these settings.
    pub fn with_settings(connection_string: &str, settings: Settings) -> Result<Self, ConnectionStringError> {
        let client_settings = settings::parse(connection_string)?;
        let inner = Inner {
            settings,
            calls: Connection::new(client_settings.clone()),
            pool: ConnectionPool::new(client_settings),
            snapshot_streams: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Sends a call, and sends it again if it was certainly not done and the reason may be gone.
    pub(crate) async fn call<T, Call>(
        &self,
        deadline: Instant,
        send: impl Fn(Arc<Live>) -> Call,
    ) -> Result<(T, Arc<Live>), CallError>
    where
        Call: Future<Output = Result<T, eventstore::Error>>,
    {
        let calls = &self.inner.calls;
        let begun_at = Instant::now();
        let no_answer = || Fault::no_answer(deadline - begun_at);
        let mut resends = 0;
        loop {
            let live = match timeout_at(deadline, calls.live()).await {
                Ok(live) => live.map_err(CallError::NotSent)?,
                Err(_) => return Err(CallError::NotSent(no_answer())),
            };
            let sent_at = Instant::now();
            let Ok(outcome) = timeout_at(deadline, send(Arc::clone(&live))).await else {
                calls.unheard(&live, sent_at);
                return Err(CallError::Unanswered(no_answer()));
            };
            let error = match outcome {
                Ok(result) => {
                    live.answered();
                    return Ok((result, live));
                }
                Err(error) => error,
            };
            let verdict = verdict(&error);
            calls.lost(&live, verdict);
            match verdict {
                Verdict::ClientDead | Verdict::Elsewhere if resends < RESENDS => resends += 1,
                Verdict::ClientDead | Verdict::Elsewhere | Verdict::NotConnected => {
                    return Err(CallError::NotSent(error.into()));
                }
                Verdict::Unanswered => return Err(CallError::Unanswered(error.into())),
                Verdict::Refused => {
                    live.answered();
                    return Err(CallError::Refused(error));
                }
            }
        }
    }
}

impl fmt::Debug for EventStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStore").finish_non_exhaustive()
    }
}
