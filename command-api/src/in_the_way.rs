//! What a request does about others' reservations that are in its way.

use std::time::Duration;

use tokio::time::Instant;

/// How long a request waits for others' live reservations, before they are in its way.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// When a request that begins now no longer waits for reservations.
pub(crate) fn settling_deadline() -> Instant {
    Instant::now() + LONGEST_WAIT
}

/// What is done about reservations in the way of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settles {
    /// They are settled, or waited for.
    Any,
    /// They are waited for only: a dry run stores nothing.
    None,
}

impl Settles {
    pub(crate) const fn unless(dry_run: bool) -> Self {
        if dry_run { Self::None } else { Self::Any }
    }
}
