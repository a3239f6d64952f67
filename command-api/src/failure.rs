use domain::Refusal;

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
    /// The actor broke down over it; it may have been done. The same command again finds out.
    BrokenDown,
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
            Self::BrokenDown => "broken_down",
            Self::Broken => "broken",
        };
        metrics::counter!("commands_failed_total", "reason" => reason).increment(1);
    }
}
