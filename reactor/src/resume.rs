//! Requests of operators to resume a parked stream: to retry the event at which it is parked, or to skip it.

use thiserror::Error;
use tokio::sync::oneshot;

use crate::ParkedStream;

/// The result of resuming a parked stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumed {
    /// It is not parked any more.
    Handled {
        /// The last revision that is handled or skipped.
        revision: Option<u64>,
    },
    /// An event could not be handled: the same, or a later one.
    ParkedAgain(ParkedStream),
}

/// Why a parked stream was not resumed. It stays parked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResumeError {
    /// No reactor of this name runs in this process; another may be the leader.
    #[error("the reactor does not run in this process")]
    NotHere,
    /// It is not parked.
    #[error("the stream is not parked")]
    NotParked,
    /// It is parked at another event than the one to be skipped.
    #[error("the stream is parked at revision {revision}")]
    ParkedElsewhere {
        /// The revision at which it is parked.
        revision: u64,
    },
    /// A transient failure.
    #[error("it cannot be tried now: {0}")]
    Unavailable(String),
}

/// A request to resume a parked stream.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) stream: String,
    /// The revision of the event to skip; none to retry it.
    pub(crate) skips: Option<u64>,
    pub(crate) answer: oneshot::Sender<Result<Resumed, ResumeError>>,
}
