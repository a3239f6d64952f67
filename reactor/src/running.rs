use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::ParkedStream;
use crate::handling::Parked;
use crate::resume::{Request, ResumeError, Resumed};

/// How long an operator waits for a reactor that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A reactor that runs. Clones are one; it ends when the last is dropped.
#[derive(Debug, Clone)]
pub struct Running {
    name: &'static str,
    status: watch::Receiver<Status>,
    requests: mpsc::Sender<Request>,
    tasks: Arc<Tasks>,
}

/// What is published of a reactor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    /// Whether it has said where it begins.
    pub(crate) has_begun: bool,
    /// Everything up to here is handled or parked.
    pub(crate) position: Option<u64>,
    /// Everything that there was at the start is.
    pub(crate) caught_up: bool,
    /// Whether the event store was there when it was heard of last; none before that.
    pub(crate) store: Option<bool>,
    /// What keeps it from going on at present.
    pub(crate) trouble: Option<String>,
    pub(crate) parked: Arc<Parked>,
}

#[derive(Debug)]
struct Tasks([AbortHandle; 2]);

/// Why a reactor may not have handled everything. A parked stream is no such reason: it is told by itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotReady {
    /// The past is still being handled.
    #[error("still reading the past, at position {position}")]
    CatchingUp {
        /// How far it is.
        position: u64,
    },
    /// Something else has to come back first.
    #[error("held up at position {position}: {trouble}")]
    Lost {
        /// How far it is.
        position: u64,
        /// What is wrong.
        trouble: String,
    },
    /// It ended without saying why, which is a bug.
    #[error("ended unexpectedly at position {position}; the process has to be started again")]
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
        Self { name, status, requests, tasks: Arc::new(Tasks(tasks)) }
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The place in the log up to which everything is handled, or waits in a parked stream; 0 before the first event.
    pub fn position(&self) -> u64 {
        self.status.borrow().position.unwrap_or(0)
    }

    /// Whether everything that there was at the start is handled.
    pub fn is_caught_up(&self) -> bool {
        self.status.borrow().caught_up
    }

    /// Whether the event store was there when it was heard of last; nothing if it never was.
    pub fn store_is_there(&self) -> Option<bool> {
        self.status.borrow().store
    }

    /// The streams whose events wait.
    pub fn parked(&self) -> Vec<ParkedStream> {
        self.status.borrow().parked.values().cloned().collect()
    }

    pub(crate) fn shared_parked(&self) -> Arc<Parked> {
        Arc::clone(&self.status.borrow().parked)
    }

    /// Whether everything is handled, give or take the moment; losing the event store does not change that.
    pub fn ready(&self) -> Result<(), NotReady> {
        let has_ended = self.has_ended();
        let status = self.status.borrow();
        let position = status.position.unwrap_or(0);
        match &status.trouble {
            _ if has_ended => Err(NotReady::Ended { position }),
            Some(trouble) => Err(NotReady::Lost { position, trouble: trouble.clone() }),
            None if !status.caught_up => Err(NotReady::CatchingUp { position }),
            None => Ok(()),
        }
    }

    /// Whether it runs no more.
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

    /// Waits until what is asked for is so, or it has ended.
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

    /// Ends it, and waits until nothing of it is under way any more.
    pub async fn stop(&self) {
        self.tasks.abort();
        self.ended().await;
    }

    pub(crate) async fn resume(&self, stream: &str, skips: Option<u64>) -> Result<Resumed, ResumeError> {
        let (answer, answered) = oneshot::channel();
        let request = Request { stream: stream.to_owned(), skips, answer };
        let asked = async {
            self.requests.send(request).await.map_err(|_| ResumeError::NotHere)?;
            answered.await.map_err(|_| ResumeError::NotHere)?
        };
        let busy = || ResumeError::Unavailable(format!("it has been busy for {} s", PATIENCE.as_secs()));
        timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(busy()))
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
