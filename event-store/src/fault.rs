use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::{Code, Status};

use crate::cause::Cause;
use crate::node::Node;
use crate::verdict::{Verdict, chain_of_status, is_full_disk};

/// Why a call has no result: what is wrong, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
pub struct Fault {
    cause: Cause,
    text: Arc<str>,
}

/// What was asked of the server, as far as a refusal needs to say it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    Append(&'a str),
    Stream(&'a str),
    /// The whole log, from a position or from one of its ends.
    Log {
        has_position: bool,
    },
    Members,
}

/// Who asked whom for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) user: Option<&'a str>,
    pub(crate) node: &'a Node,
}

impl Fault {
    pub(crate) fn new(cause: Cause, text: impl Into<Arc<str>>) -> Self {
        Self { cause, text: text.into() }
    }

    /// Why it is, for the choice of what to do.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    pub(crate) fn silent(node: &Node, within: Duration) -> Self {
        Self::new(Cause::Silent, format!("{node} does not answer: nothing came within {within:?}"))
    }

    pub(crate) fn deadline(servers: &str, within: Duration) -> Self {
        Self::new(
            Cause::Silent,
            format!("the event store at {servers} does not answer: nothing came within {within:?}"),
        )
    }

    pub(crate) fn ended(node: &Node) -> Self {
        Self::new(Cause::Unreachable, format!("{node} has ended the subscription"))
    }

    pub(crate) fn garbled(node: &Node, what: &str) -> Self {
        Self::new(Cause::NotUnderstood, format!("{node} has sent {what}: is it an EventStoreDB?"))
    }

    /// The log is not the one that was read so far, as this is missing in it.
    pub fn other_log(missing: impl fmt::Display) -> Self {
        Self::new(
            Cause::OtherLog,
            format!(
                "the event store does not have the log that was read so far: {missing} is not in it. The store was replaced, or \
                 restored to an earlier moment, or another one is named in the settings"
            ),
        )
    }

    pub(crate) fn no_events() -> Self {
        Self::new(Cause::Other, "there is no event to append")
    }

    pub(crate) fn not_json(error: &serde_json::Error) -> Self {
        Self::new(Cause::Other, format!("the payload is not JSON: {error}"))
    }

    /// The server's own word for it, in the terms of the question.
    pub(crate) fn of_status(status: &Status, question: Question<'_>) -> Self {
        let node = question.node;
        let said = Said(status);
        match status.code() {
            Code::Unauthenticated => Self::new(
                Cause::WrongPassword,
                match question.user {
                    Some(user) => format!(
                        "the event store refuses user {user}, or the password: correct them in the connection string \
                         ({node} says: {said})"
                    ),
                    None => format!(
                        "the event store wants a user and a password: put them into the connection string, as in \
                         esdb://user:password@… ({node} says: {said})"
                    ),
                },
            ),
            Code::PermissionDenied => Self::new(
                Cause::NoRight,
                match question.user {
                    Some(user) => {
                        format!("the event store refuses user {user}: {}", question.asked.needed_right())
                    }
                    None => format!(
                        "the event store refuses whoever names no user: put user and password into the connection string; \
                         {}",
                        question.asked.needed_right()
                    ),
                },
            ),
            _ if is_full_disk(status) => Self::new(Cause::StorageFull, format!("{node} says: {said}")),
            Code::ResourceExhausted => Self::new(Cause::TooBusy, format!("{node} is too busy: {said}")),
            Code::Unknown if question.asked.has_position() && Verdict::of(status) == Verdict::Unanswered => {
                Self::new(
                    Cause::UnknownPosition,
                    format!(
                        "{node} does not know the position to go on from: the store was replaced, or the connection string names \
                     another one ({said})"
                    ),
                )
            }
            _ => match Verdict::of(status) {
                Verdict::Elsewhere(Some(leader)) => {
                    Self::new(Cause::NoLeader, format!("{node} is not the leader, and names {leader}"))
                }
                Verdict::Elsewhere(None) => {
                    Self::new(Cause::NoLeader, format!("{node} knows no leader at present: {said}"))
                }
                Verdict::NotTaken => Self::new(Cause::TooBusy, format!("{node} did not take it: {said}")),
                Verdict::NotSent | Verdict::Broken => Self::new(
                    Cause::Unreachable,
                    format!("the connection to {node} is lost: {}", chain_of_status(status)),
                ),
                Verdict::Unanswered | Verdict::Refused => {
                    Self::new(Cause::Other, format!("{node} says {:?}: {said}", status.code()))
                }
            },
        }
    }
}

impl Asked<'_> {
    fn has_position(self) -> bool {
        matches!(self, Self::Log { has_position: true })
    }

    fn needed_right(self) -> String {
        match self {
            Self::Append(stream) => {
                format!(
                    "appending to stream {stream} needs the right to write ($acl.$w of the stream, or its default)"
                )
            }
            Self::Stream(stream) => {
                format!(
                    "reading stream {stream} needs the right to read ($acl.$r of the stream, or its default)"
                )
            }
            Self::Log { .. } => {
                "reading $all needs a user in $acl.$r of $$$all beside $admins, or one of $admins".into()
            }
            Self::Members => "asking for the cluster's members needs a user of this cluster".into(),
        }
    }
}

/// What the server says in its status.
struct Said<'a>(&'a Status);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.0.message();
        if message.is_empty() { write!(f, "{:?}", self.0.code()) } else { f.write_str(message) }
    }
}
