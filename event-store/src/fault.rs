use std::time::Duration;

use eventstore::Error;

/// How the embedded node's refusal begins while its disk is full. Its status alone says as much of a message that is too
/// large or of too many calls.
const DISK_FULL: &str = "the disk of the event store is full";
/// How the text of the client's error begins when it could not even connect, so that nothing was sent.
const NOT_CONNECTED: &str = "client error (Connect)";

/// The underlying error of a call, for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct Fault(#[from] Kind);

#[derive(Debug, Clone, thiserror::Error)]
enum Kind {
    #[error("{0}")]
    Client(Error),
    #[error("the client could not be set up: {0}")]
    Setup(String),
    #[error("no answer within {0:?}")]
    NoAnswer(Duration),
    #[error("the server ended the subscription")]
    Ended,
    #[error("the payload is not JSON: {0}")]
    NotJson(String),
    #[error("there is no event to append")]
    NoEvents,
}

impl Fault {
    pub(crate) fn setup(message: String) -> Self {
        Self(Kind::Setup(message))
    }

    pub(crate) fn no_answer(within: Duration) -> Self {
        Self(Kind::NoAnswer(within))
    }

    pub(crate) fn ended() -> Self {
        Self(Kind::Ended)
    }

    pub(crate) fn no_events() -> Self {
        Self(Kind::NoEvents)
    }

    pub(crate) fn not_json(error: &serde_json::Error) -> Self {
        Self(Kind::NotJson(error.to_string()))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(Kind::Client(error))
    }
}

/// What an error of the client means for its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing was sent, and this client will never send anything again.
    ClientDead,
    /// This node is not the leader; the client may already be connecting to it.
    Elsewhere,
    /// Nothing was sent, because there is no connection.
    NotConnected,
    /// The connection broke or the server failed: it may have been done.
    Unanswered,
    /// The server refused it.
    Refused,
}

pub(crate) fn verdict(error: &Error) -> Verdict {
    match error {
        Error::ConnectionClosed | Error::GrpcConnectionError(_) | Error::InitializationError(_) => {
            Verdict::ClientDead
        }
        // `ResourceNotFound` means here that no leader is known: a missing stream is reported within an answer.
        Error::NotLeaderException(_) | Error::ResourceNotFound => Verdict::Elsewhere,
        Error::ServerError(message) if message.contains(NOT_CONNECTED) => Verdict::NotConnected,
        Error::AccessDenied
        | Error::ResourceAlreadyExists
        | Error::ResourceDeleted
        | Error::UnsupportedFeature
        | Error::WrongExpectedVersion { .. } => Verdict::Refused,
        error if is_full_disk(error) => Verdict::Refused,
        Error::Grpc { code, .. } if is_refusal(&format!("{code:?}")) => Verdict::Refused,
        _ => Verdict::Unanswered,
    }
}

/// Whether the embedded node refused a write for lack of room, so that nothing of it was stored.
pub(crate) fn is_full_disk(error: &Error) -> bool {
    matches!(error, Error::Grpc { message, .. } if message.starts_with(DISK_FULL))
}

/// By name, as naming the type would tie this crate to the client's own release of its RPC library.
fn is_refusal(code: &str) -> bool {
    matches!(code, "InvalidArgument" | "FailedPrecondition" | "OutOfRange")
}
