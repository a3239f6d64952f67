use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::Failure;

/// How far a projection is. Clones watch the same one; it ends when the last is dropped.
#[derive(Debug, Clone)]
pub struct Projection {
    status: watch::Receiver<Status>,
    _running: Arc<Running>,
}

/// What is published of a projection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) position: u64,
    /// The same; none until the read model has said where it is.
    pub(crate) reached: Option<u64>,
    pub(crate) caught_up: bool,
    /// The read model could not be written last time.
    pub(crate) lost: bool,
    pub(crate) failure: Option<Arc<Failure>>,
}

#[derive(Debug)]
struct Running([AbortHandle; 2]);

/// Why answers may miss what has happened.
#[derive(Debug, Clone, Error)]
pub enum NotReady {
    /// The past is still being read.
    #[error("still reading the past, at position {position}")]
    CatchingUp {
        /// How far it is.
        position: u64,
    },
    /// What was read cannot be written.
    #[error("the read model cannot be written at position {position}; the log says why")]
    Lost {
        /// How far it is.
        position: u64,
    },
    /// An event cannot be projected, so no later one is either.
    #[error("stopped: {0}: {cause}", cause = .0.cause)]
    Stopped(Arc<Failure>),
    /// It ended without saying why, which is a bug.
    #[error("ended unexpectedly at position {position}; the process has to be started again")]
    Ended {
        /// How far it was.
        position: u64,
    },
}

impl Projection {
    pub(crate) fn new(status: watch::Receiver<Status>, running: [AbortHandle; 2]) -> Self {
        Self { status, _running: Arc::new(Running(running)) }
    }

    /// The place in the log up to which everything is in the read model.
    pub fn position(&self) -> u64 {
        self.status.borrow().position
    }

    /// Whether everything that there was at the start is in the read model.
    pub fn is_caught_up(&self) -> bool {
        self.status.borrow().caught_up
    }

    /// The event at which it stopped.
    pub fn failure(&self) -> Option<Arc<Failure>> {
        self.status.borrow().failure.clone()
    }

    /// Whether answers have everything in them, give or take the moment; losing the event store does not change that.
    pub fn ready(&self) -> Result<(), NotReady> {
        let ended = self.status.has_changed().is_err();
        let Status { position, caught_up, lost, failure, .. } = self.status.borrow().clone();
        match failure {
            Some(failure) => Err(NotReady::Stopped(failure)),
            None if ended => Err(NotReady::Ended { position }),
            None if lost => Err(NotReady::Lost { position }),
            None if !caught_up => Err(NotReady::CatchingUp { position }),
            None => Ok(()),
        }
    }

    /// Waits until it has caught up, or why it never will.
    pub async fn caught_up(&self) -> Result<(), NotReady> {
        let mut status = self.status.clone();
        let settled = status.wait_for(|status| status.caught_up || status.failure.is_some());
        // Whether it settled or ended, the status says which.
        let _ = settled.await.is_ok();
        self.ready()
    }

    /// Waits for as long as it goes on, and says why it does not any more.
    pub async fn stopped(&self) -> NotReady {
        let mut status = self.status.clone();
        let failed = status.wait_for(|status| status.failure.is_some()).await;
        let failure = failed.ok().and_then(|status| status.failure.clone());
        failure.map_or_else(|| NotReady::Ended { position: self.position() }, NotReady::Stopped)
    }
}

impl Drop for Running {
    /// Another process may go on by now: what this one said of it last must alarm nobody.
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
        metrics::gauge!("projection_stopped").set(0.0);
        metrics::gauge!("projection_position").set(f64::NAN);
    }
}
