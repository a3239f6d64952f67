//! What comes of a command that was sent to its stream.

use domain::Refusal;

/// What an accepted command answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome<T> {
    pub(crate) answer: T,
    pub(crate) version: u64,
    pub(crate) position: u64,
    /// It was carried out before; this is the first answer.
    pub(crate) repeated: bool,
}

/// Why a command was not carried out, as far as is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure<R> {
    /// By the rules.
    Refused(Refusal<R>),
    /// Too many commands wait for this stream.
    Overloaded,
    /// The process is stopping; nothing was done.
    Stopping,
    /// The store cannot be reached; nothing was done.
    StoreUnavailable,
    /// The store did not answer; it may have been done. The same command again finds out.
    OutcomeUnknown,
    /// What is stored cannot be read, or what was decided cannot be stored; the log says why.
    Broken,
}

impl<R> Failure<R> {
    /// Counts it, unless it is a decision.
    pub(crate) fn count(&self) {
        let reason = match self {
            Self::Refused(_) => return,
            Self::Overloaded => "overloaded",
            Self::Stopping => "stopping",
            Self::StoreUnavailable => "store_unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Broken => "broken",
        };
        metrics::counter!("commands_failed_total", "reason" => reason).increment(1);
    }
}
