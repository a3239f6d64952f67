//! What the log says while the event store fails: one line a second, with the number of those left out.

use std::error::Error;

use operation::{Throttle, error_chain};

/// One for all of the process: while the store is away, every command fails, at several places.
static LINES: Throttle = Throttle::new();

/// Logs that a stream of the store, or all of it (`$all`), cannot be used, and how many lines were left out since the
/// last.
pub(crate) fn report(trouble: &'static str, stream: &str, error: &(dyn Error + 'static)) {
    if let Some(unsaid) = LINES.take() {
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
