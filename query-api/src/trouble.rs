//! What is told of queries that fail for want of the database: one line a second in the log, and the readiness.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use operation::Throttle;
use read_model::Unavailable;

/// For how long after a failure the readiness tells of it.
const RECENT: Duration = Duration::from_secs(10);

/// Of all the process, as every query may fail for the same reason.
static LINES: Throttle = Throttle::new();
static FAILED: Mutex<Failures> = Mutex::new(Failures(None));

/// When a query failed last, and how many did in a row of at most [`RECENT`] between two.
struct Failures(Option<(Instant, u64)>);

/// Queries have failed of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueriesFail(u64);

impl fmt::Display for QueriesFail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} queries have failed of late, the last less than 10 s ago; the log says why", self.0)
    }
}

/// Whether queries are answered: fails for ten seconds after one that could not be.
pub fn queries_answered() -> Result<(), QueriesFail> {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner).check(Instant::now())
}

/// Records that a query failed.
pub(crate) fn query_failed(unavailable: &Unavailable) {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner).add(Instant::now());
    if let Some(unsaid) = LINES.take() {
        tracing::error!(%unavailable, unsaid, "a query failed");
    }
}

impl Failures {
    fn add(&mut self, now: Instant) {
        let before = self.check(now).err().map_or(0, |QueriesFail(count)| count);
        self.0 = Some((now, before + 1));
    }

    fn check(&self, now: Instant) -> Result<(), QueriesFail> {
        match self.0 {
            Some((last, count)) if now.saturating_duration_since(last) < RECENT => Err(QueriesFail(count)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_for_ten_seconds_with_their_number() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut failures = Failures(None);
        assert_eq!(failures.check(start), Ok(()));
        failures.add(after(0));
        failures.add(after(9));
        assert_eq!(failures.check(after(18)), Err(QueriesFail(2)));
        assert_eq!(failures.check(after(19)), Ok(()));
        failures.add(after(30));
        assert_eq!(failures.check(after(31)), Err(QueriesFail(1)));
    }
}
