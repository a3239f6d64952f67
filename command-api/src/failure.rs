use domain::Refusal;

/// Why a command was not carried out, as far as is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure<R> {
    /// Refused by the domain's rules.
    Refused(Refusal<R>),
    /// Too many commands wait for this stream.
    Overloaded,
    /// The process is stopping; nothing was done.
    Stopping,
    /// The store cannot be reached; nothing was done.
    StoreUnavailable,
    /// The disk of the store is full; nothing was done.
    StorageFull,
    /// The store did not answer; the command may have been carried out. Sending it again finds out.
    OutcomeUnknown,
    /// The actor panicked; the command may have been carried out. Sending it again finds out.
    BrokenDown,
    /// A stored event cannot be read, or a new event cannot be stored; the log has the reason.
    Broken,
}

impl<R> Failure<R> {
    /// Counts the failure, unless it is a refusal, which counts as a decision.
    pub(crate) fn count(&self) {
        let reason = match self {
            Self::Refused(_) => return,
            Self::Overloaded => "overloaded",
            Self::Stopping => "stopping",
            Self::StoreUnavailable => "store_unavailable",
            Self::StorageFull => "storage_full",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::BrokenDown => "broken_down",
            Self::Broken => "broken",
        };
        metrics::counter!("commands_failed_total", "reason" => reason).increment(1);
    }
}
