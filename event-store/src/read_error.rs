use crate::fault::Fault;
use crate::store::CallError;

/// Why a read has no result.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The server could not be reached, fell silent or broke off; the same read may succeed later.
    #[error("the event store is not reachable")]
    Unavailable(#[source] Fault),
    /// The server refused the read, for lack of access, because the stream was deleted for good, or because the position is
    /// none of its log.
    #[error("the event store refused the read")]
    Rejected(#[source] Fault),
}

impl ReadError {
    /// What is wrong at the event store.
    pub fn fault(&self) -> &Fault {
        match self {
            Self::Unavailable(fault) | Self::Rejected(fault) => fault,
        }
    }
}

impl From<CallError> for ReadError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(fault) | CallError::Unanswered(fault) => Self::Unavailable(fault),
            CallError::Refused { fault, .. } => Self::Rejected(fault),
        }
    }
}
