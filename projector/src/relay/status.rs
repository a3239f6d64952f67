use std::sync::Arc;

use chrono::{DateTime, Utc};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::Failure;

/// How far a relay is. Clones watch the same one; it ends when the last is dropped.
#[derive(Debug, Clone)]
pub struct Relay {
    status: watch::Receiver<Status>,
    running: Arc<Running>,
}

/// What is published of a relay.
#[derive(Debug, Clone, Default)]
pub(super) struct Status {
    /// Everything up to here is acknowledged.
    pub(super) position: u64,
    /// The same; none until the topic has said where it ends.
    pub(super) reached: Option<u64>,
    pub(super) caught_up: bool,
    /// How many records are not acknowledged.
    pub(super) waiting: usize,
    /// When the oldest event was recorded that is not acknowledged, if one is not.
    pub(super) waiting_since: Option<DateTime<Utc>>,
    /// Why Kafka cannot be written at present.
    pub(super) trouble: Option<String>,
    pub(super) failure: Option<Arc<Failure>>,
}

#[derive(Debug)]
struct Running([AbortHandle; 2]);

/// Why other systems may not have been told of everything.
#[derive(Debug, Clone, Error)]
pub enum RelayNotReady {
    /// The past is still being relayed.
    #[error("still relaying the past, at position {position}")]
    CatchingUp {
        /// Up to where everything is written.
        position: u64,
    },
    /// Kafka cannot be written.
    #[error("waiting for Kafka at position {position}: {trouble}")]
    Lost {
        /// Up to where everything is written.
        position: u64,
        /// Why.
        trouble: String,
    },
    /// An event cannot be read, so no later one is relayed.
    #[error("stopped: {0}: {cause}", cause = .0.cause)]
    Stopped(Arc<Failure>),
    /// It ended without saying why, which is a bug.
    #[error("ended unexpectedly at position {position}; the process has to be started again")]
    Ended {
        /// Up to where everything is written.
        position: u64,
    },
}

impl Relay {
    pub(super) fn new(status: watch::Receiver<Status>, running: [AbortHandle; 2]) -> Self {
        Self { status, running: Arc::new(Running(running)) }
    }

    /// The place in the log up to which every public event is acknowledged.
    pub fn position(&self) -> u64 {
        self.status.borrow().position
    }

    /// How many records wait to be acknowledged; 1,024 at most.
    pub fn waiting(&self) -> usize {
        self.status.borrow().waiting
    }

    /// Whether other systems have been told of everything, give or take the moment.
    pub fn ready(&self) -> Result<(), RelayNotReady> {
        let ended = self.status.has_changed().is_err();
        let Status { position, caught_up, trouble, failure, .. } = self.status.borrow().clone();
        match (failure, trouble) {
            (Some(failure), _) => Err(RelayNotReady::Stopped(failure)),
            (None, _) if ended => Err(RelayNotReady::Ended { position }),
            (None, Some(trouble)) => Err(RelayNotReady::Lost { position, trouble }),
            (None, None) if !caught_up => Err(RelayNotReady::CatchingUp { position }),
            (None, None) => Ok(()),
        }
    }

    /// Ends it, and waits until nothing of it is on its way to Kafka any more.
    pub async fn stop(&self) {
        self.running.0.iter().for_each(AbortHandle::abort);
        // What it publishes ends after its producer.
        let mut status = self.status.clone();
        while status.changed().await.is_ok() {}
    }

    /// Waits until its readiness is as wanted, or it has ended.
    pub async fn until(&self, wanted: impl Fn(&Result<(), RelayNotReady>) -> bool) {
        let mut status = self.status.clone();
        while !wanted(&self.ready()) {
            if status.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until every public event up to this position is acknowledged, or it has ended.
    pub async fn reached(&self, position: u64) {
        let mut status = self.status.clone();
        // Whether it reached it or ended, the status says which.
        let _ = status.wait_for(|status| status.position >= position).await.is_ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}
