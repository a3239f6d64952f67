//! The handle of a running reactor, and the status that it publishes.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::handling::Parked;
use crate::resume::{Request, ResumeError, Resumed};
use crate::store_state::{StoreState, StoreTrouble};
use crate::{LogProgress, ParkedStream};

/// What was last seen of the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtLog {
    pub(crate) progress: Option<LogProgress>,
    /// Why its end cannot be read, if that has been so for some seconds.
    pub(crate) away: Option<String>,
}

/// How long an operator waits for a reactor that is busy.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The handle of a running reactor. The reactor ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Running {
    name: &'static str,
    status: watch::Receiver<Status>,
    requests: mpsc::Sender<Request>,
    /// Says nothing if the reactor does not report its lag.
    at_log: watch::Receiver<AtLog>,
    tasks: Arc<Tasks>,
}

/// The published state of a reactor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    /// Whether it has begun since it was started.
    pub(crate) has_begun: bool,
    /// Everything up to here is handled or parked.
    pub(crate) position: Option<u64>,
    /// All events from before the start are handled or parked.
    pub(crate) caught_up: bool,
    /// The event store when last observed.
    pub(crate) store: StoreState,
    /// Whether the store has another log than the one that was read; `trouble` says so too.
    pub(crate) has_other_log: bool,
    /// What holds it up at present.
    pub(crate) trouble: Option<String>,
    pub(crate) parked: Arc<Parked>,
}

#[derive(Debug)]
struct Tasks([AbortHandle; 2]);

/// Why a reactor may not have handled everything. Parked streams are reported separately.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// Past events are still being handled.
    #[error("still reading past events, at position {position}")]
    CatchingUp {
        /// How far it is.
        position: u64,
    },
    /// Past events cannot be read.
    #[error("past events after position {position} are not read: {trouble}")]
    Away {
        /// How far it is.
        position: u64,
        /// Why the event store cannot be used.
        trouble: StoreTrouble,
    },
    /// A transient failure holds it up.
    #[error("held up at position {position}: {trouble}")]
    Lost {
        /// How far it is.
        position: u64,
        /// What is wrong.
        trouble: String,
    },
    /// The event store has another log than the one that was read so far.
    #[error("{0}")]
    OtherLog(String),
    /// It ended unexpectedly, which is a bug.
    #[error("ended unexpectedly at position {position}; restart the process")]
    Ended {
        /// How far it was.
        position: u64,
    },
}

impl Running {
    pub(crate) fn new(
        name: &'static str,
        status: watch::Receiver<Status>,
        requests: mpsc::Sender<Request>,
        tasks: [AbortHandle; 2],
    ) -> Self {
        let (_, at_log) = watch::channel(AtLog::default());
        Self { name, status, requests, at_log, tasks: Arc::new(Tasks(tasks)) }
    }

    pub(crate) fn with_log(self, at_log: watch::Receiver<AtLog>) -> Self {
        Self { at_log, ..self }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The position up to which everything is handled, or waits in a parked stream; 0 before the first event.
    pub fn position(&self) -> u64 {
        self.status.borrow().position.unwrap_or(0)
    }

    /// Whether all events from before the start are handled or parked.
    pub fn is_caught_up(&self) -> bool {
        self.status.borrow().caught_up
    }

    /// Whether the event store can be used, as last observed. A store that hangs is told after some seconds if the reactor
    /// reports its lag.
    pub fn store(&self) -> Result<(), StoreTrouble> {
        let away = self.at_log.borrow().away.clone();
        self.status.borrow().store.check(away.as_deref())
    }

    /// How far it is, as last seen at the log; none before that, and none if it does not report its lag.
    pub fn progress(&self) -> Option<LogProgress> {
        self.at_log.borrow().progress
    }

    /// The parked streams.
    pub fn parked(&self) -> Vec<ParkedStream> {
        self.status.borrow().parked.values().cloned().collect()
    }

    pub(crate) fn shared_parked(&self) -> Arc<Parked> {
        Arc::clone(&self.status.borrow().parked)
    }

    /// Whether it has caught up and nothing holds it up. Losing the event store does not change that.
    pub fn ready(&self) -> Result<(), NotReady> {
        let has_ended = self.has_ended();
        let status = self.status.borrow();
        let position = status.position.unwrap_or(0);
        match &status.trouble {
            _ if has_ended => Err(NotReady::Ended { position }),
            Some(trouble) if status.has_other_log => Err(NotReady::OtherLog(trouble.clone())),
            Some(trouble) => Err(NotReady::Lost { position, trouble: trouble.clone() }),
            None if status.caught_up => Ok(()),
            None => {
                drop(status);
                Err(match self.store() {
                    Err(trouble) if trouble != StoreTrouble::Unknown => NotReady::Away { position, trouble },
                    _ => NotReady::CatchingUp { position },
                })
            }
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.status.has_changed().is_err()
    }

    /// Waits until it has caught up, or says why it never will.
    pub async fn caught_up(&self) -> Result<(), NotReady> {
        let mut status = self.status.clone();
        match status.wait_for(|status| status.caught_up).await {
            Ok(_) => Ok(()),
            Err(_) => self.ready(),
        }
    }

    /// Waits until everything up to a position is handled or parked; false if it has ended before.
    pub async fn reached(&self, position: u64) -> bool {
        let mut status = self.status.clone();
        status.wait_for(|status| Some(position) <= status.position).await.is_ok()
    }

    /// Waits until `wanted` holds, or it has ended.
    pub async fn until(&self, wanted: impl Fn(&Self) -> bool) {
        let mut status = self.status.clone();
        while !wanted(self) {
            if status.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until it has ended.
    pub async fn ended(&self) {
        let mut status = self.status.clone();
        while status.changed().await.is_ok() {}
    }

    /// Stops it, and waits until nothing of it is under way.
    pub async fn stop(&self) {
        self.cancel();
        self.ended().await;
    }

    /// Stops it without waiting.
    pub(crate) fn cancel(&self) {
        self.tasks.abort();
    }

    pub(crate) async fn resume(&self, stream: &str, skips: Option<u64>) -> Result<Resumed, ResumeError> {
        let (answer, answered) = oneshot::channel();
        let request = Request { stream: stream.to_owned(), skips, answer };
        let asked = async {
            self.requests.send(request).await.map_err(|_| ResumeError::NotHere)?;
            answered.await.map_err(|_| ResumeError::NotHere)?
        };
        let busy =
            || ResumeError::Unavailable(format!("the reactor has been busy for {} s", TIMEOUT.as_secs()));
        timeout(TIMEOUT, asked).await.unwrap_or_else(|_| Err(busy()))
    }
}

impl Tasks {
    fn abort(&self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.abort();
    }
}
