use tokio::time::Instant;

/// How far a reactor is, as last seen at the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogProgress {
    /// The position of the log's last event that the reactor follows; 0 if there is none.
    pub log_end: u64,
    /// The reactor has handled everything that was in the log at this moment. None until it has reached an end of the log that
    /// was seen since its start.
    pub complete_until: Option<Instant>,
}
