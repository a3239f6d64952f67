use thiserror::Error;
use tokio::sync::oneshot;

use crate::ParkedStream;

/// What came of trying a parked stream again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumed {
    /// It is not parked any more.
    Handled {
        /// The last revision that is handled or passed over.
        revision: Option<u64>,
    },
    /// An event could not be handled: the same, or a later one.
    ParkedAgain(ParkedStream),
}

/// Why a parked stream was not tried again. It stays parked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResumeError {
    /// No reactor of this name runs here; another process may lead.
    #[error("the reactor does not run in this process")]
    NotHere,
    /// It is not parked.
    #[error("the stream is not parked")]
    NotParked,
    /// It is parked at another event than the one to be passed over.
    #[error("the stream is parked at revision {revision}")]
    ParkedElsewhere {
        /// At which one.
        revision: u64,
    },
    /// It could not be tried now.
    #[error("it cannot be tried now: {0}")]
    Unavailable(String),
}

/// An operator's word on a parked stream.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) stream: String,
    /// The revision of the event that is passed over, if the stream is parked at that one.
    pub(crate) skips: Option<u64>,
    pub(crate) answer: oneshot::Sender<Result<Resumed, ResumeError>>,
}
