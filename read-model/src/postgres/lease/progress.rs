use std::time::Duration;

/// How far the holder of a lease is with its work, which others learn from the lease.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolderProgress {
    /// The position of the log's last event, if it was ever seen.
    pub log_end: Option<u64>,
    /// Everything that was in the log so long ago has been done; none if that is not known.
    pub complete: Option<Duration>,
    /// What holds it up, for people to read.
    pub trouble: Option<String>,
}
