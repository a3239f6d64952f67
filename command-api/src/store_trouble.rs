//! What the log says while the event store fails: that it begins, each minute that it goes on, with the number of the lines that
//! were left out, and that it is over. Of everything else that fails, one line a second.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use event_store::Fault;
use operation::{Throttle, error_chain};

/// One for all of the process: while the store is away, every command fails, at several places.
static OUTAGE: Outage = Outage::new();
static LINES: Throttle = Throttle::new();

/// The time between two lines about one outage.
const EVERY: Duration = Duration::from_mins(1);
/// The time between the first lines of two outages, which may be of a store that comes and goes.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Logs that a stream of the store, or all of it (`$all`), cannot be used, and how many lines were left out since the
/// last.
pub(crate) fn report(trouble: &'static str, stream: &str, error: &(dyn Error + 'static)) {
    let unsaid = if is_of_the_store(error) { OUTAGE.goes_on(Instant::now()) } else { LINES.take() };
    if let Some(unsaid) = unsaid {
        tracing::error!(stream, unsaid, error = error_chain(error), "{trouble}");
    }
}

/// The same within a span, such as that of the command.
pub(crate) fn report_in(
    span: Option<&tracing::Span>,
    trouble: &'static str,
    stream: &str,
    error: &(dyn Error + 'static),
) {
    match span {
        Some(span) => span.in_scope(|| report(trouble, stream, error)),
        None => report(trouble, stream, error),
    }
}

/// The store has done what it was asked: logs it if that was otherwise before.
pub(crate) fn is_over() {
    if let Some(unsaid) = OUTAGE.is_over() {
        tracing::info!(unsaid, "the event store can be used again");
    }
}

fn is_of_the_store(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<Fault>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// The present outage, if there is one.
struct Outage {
    /// Whether it was told; a copy, as it is asked for after every append.
    is_told: AtomicBool,
    lines: Mutex<Lines>,
}

struct Lines {
    last: Option<Instant>,
    unsaid: u64,
}

impl Outage {
    const fn new() -> Self {
        Self { is_told: AtomicBool::new(false), lines: Mutex::new(Lines { last: None, unsaid: 0 }) }
    }

    /// Whether a line is written now; then, how many were not since the last.
    fn goes_on(&self, now: Instant) -> Option<u64> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let every = if self.is_told.load(Ordering::Relaxed) { EVERY } else { AT_LEAST };
        if lines.last.is_some_and(|last| now.duration_since(last) < every) {
            lines.unsaid += 1;
            return None;
        }
        lines.last = Some(now);
        self.is_told.store(true, Ordering::Relaxed);
        Some(std::mem::take(&mut lines.unsaid))
    }

    /// Whether an outage that was told is over; then, how many lines were not written since the last.
    fn is_over(&self) -> Option<u64> {
        if !self.is_told.load(Ordering::Relaxed) {
            return None;
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_told.swap(false, Ordering::Relaxed).then(|| std::mem::take(&mut lines.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_when_it_begins_each_minute_and_when_it_is_over() {
        let (outage, start) = (Outage::new(), Instant::now());
        let after = |millis| outage.goes_on(start + Duration::from_millis(millis));
        assert_eq!(outage.is_over(), None, "there was none");
        assert_eq!([after(0), after(1), after(59_999), after(60_000)], [Some(0), None, None, Some(2)]);
        assert_eq!(after(61_000), None);
        assert_eq!((outage.is_over(), outage.is_over()), (Some(1), None));
        assert_eq!(after(62_000), Some(0), "another");
        assert_eq!(outage.is_over(), Some(0));
        assert_eq!((after(62_500), outage.is_over()), (None, None), "at once");
    }
}
