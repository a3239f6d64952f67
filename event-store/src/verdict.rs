//! What the status of a call means for the call and its connection.

use std::error::Error;

use tonic::{Code, ConnectError, Status};

use crate::node::Node;

/// How the embedded node's refusal begins while its disk is full. Its status alone says as much of a message that is too
/// large or of too many calls.
const DISK_FULL: &str = "the disk of the event store is full";
/// What servers say of a call that they did not take on.
const NOT_READY: &str = "not ready";
const NO_LEADER: &str = "no leader";
const TOO_BUSY: &str = "too busy";
const NOT_STORED: &str = "nothing of this write was stored";

const EXCEPTION: &str = "exception";
const NOT_LEADER: &str = "not-leader";
const LEADER_HOST: &str = "leader-endpoint-host";
const LEADER_PORT: &str = "leader-endpoint-port";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not done: this node is not the leader, or is not ready. It may name the leader.
    Elsewhere(Option<Node>),
    /// Not done, as the server has too much to do. It may be done a little later.
    NotTaken,
    /// Not done, as the connection was over before.
    NotSent,
    /// The connection broke: it may have been done.
    Broken,
    /// The server says that it cannot say, or could not: it may have been done.
    Unanswered,
    /// The server refused it.
    Refused,
}

impl Verdict {
    pub(crate) fn of(status: &Status) -> Self {
        if status.source().is_some() {
            return if was_not_connected(status) { Self::NotSent } else { Self::Broken };
        }
        if status.metadata().get(EXCEPTION).is_some_and(|exception| exception == NOT_LEADER) {
            return Self::Elsewhere(named_leader(status));
        }
        let message = status.message().to_ascii_lowercase();
        match status.code() {
            // Not a missing stream, which is reported within an answer.
            Code::NotFound => Self::Elsewhere(None),
            Code::Unavailable | Code::Unknown
                if message.contains(NOT_READY) || message.contains(NO_LEADER) =>
            {
                Self::Elsewhere(None)
            }
            Code::Unavailable if message.contains(TOO_BUSY) || message.contains(NOT_STORED) => Self::NotTaken,
            Code::ResourceExhausted if is_full_disk(status) => Self::Refused,
            Code::InvalidArgument
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => Self::Refused,
            // `Aborted` is a phase of the write that took too long, and a reader that was too slow.
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => Self::Unanswered,
        }
    }

    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere(_))
    }
}

/// Whether the embedded node refused a write for lack of room, so that nothing of it was stored.
pub(crate) fn is_full_disk(status: &Status) -> bool {
    status.code() == Code::ResourceExhausted && status.message().starts_with(DISK_FULL)
}

/// An error with its sources, each once.
pub(crate) fn chain_of(error: &dyn Error) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !chain.contains(&text) {
            chain = format!("{chain}: {text}");
        }
        source = error.source();
    }
    chain
}

/// The message of a status with its sources, each once. The status itself also tells codes and headers, which mean nothing to an
/// operator.
pub(crate) fn chain_of_status(status: &Status) -> String {
    match status.source().map(chain_of) {
        None => status.message().to_owned(),
        Some(sources) if sources.contains(status.message()) => sources,
        Some(sources) => format!("{}: {sources}", status.message()),
    }
}

fn was_not_connected(status: &Status) -> bool {
    let mut source = status.source();
    while let Some(error) = source {
        if error.is::<ConnectError>() {
            return true;
        }
        source = error.source();
    }
    false
}

fn named_leader(status: &Status) -> Option<Node> {
    let text = |key| status.metadata().get(key).and_then(|value| value.to_str().ok());
    Some(Node::new(text(LEADER_HOST)?, text(LEADER_PORT)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_certainly_not_done_is_told_from_what_may_have_been() {
        for (status, verdict) in [
            (Status::unavailable("Server Is Not Ready"), Verdict::Elsewhere(None)),
            (Status::unknown("No leader info available in response"), Verdict::Elsewhere(None)),
            (Status::not_found("Leader info available"), Verdict::Elsewhere(None)),
            (Status::unavailable("Server Is Too Busy"), Verdict::NotTaken),
            (Status::aborted("Commit phase timeout"), Verdict::Unanswered),
            (Status::aborted("Consumer too slow"), Verdict::Unanswered),
            (Status::resource_exhausted("too many calls"), Verdict::Unanswered),
            (Status::unavailable("the event store is closing"), Verdict::Unanswered),
            (Status::unknown("Exception was thrown by handler."), Verdict::Unanswered),
            (Status::resource_exhausted("the disk of the event store is full: …"), Verdict::Refused),
            (Status::unauthenticated(""), Verdict::Refused),
            (Status::permission_denied(""), Verdict::Refused),
            (Status::invalid_argument(""), Verdict::Refused),
        ] {
            assert_eq!(Verdict::of(&status), verdict, "{status:?}");
        }
    }

    #[test]
    fn a_node_that_is_not_the_leader_may_name_it() {
        let mut status = Status::not_found("Leader info available");
        status.metadata_mut().insert(EXCEPTION, NOT_LEADER.parse().unwrap());
        assert_eq!(Verdict::of(&status), Verdict::Elsewhere(None));
        status.metadata_mut().insert(LEADER_HOST, "node-2.example".parse().unwrap());
        status.metadata_mut().insert(LEADER_PORT, "2114".parse().unwrap());
        assert_eq!(Verdict::of(&status), Verdict::Elsewhere(Some(Node::new("node-2.example", 2114))));
    }
}
