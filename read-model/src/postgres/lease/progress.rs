use std::time::Duration;

/// How far the holder of a lease is with its work, which others learn from the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HolderProgress {
    /// The position of the log's last event.
    pub log_end: u64,
    /// Everything that was in the log so long ago has been done; none if that is not known.
    pub complete: Option<Duration>,
}
