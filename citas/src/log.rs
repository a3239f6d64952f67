use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise. The HTTP server's own errors are noise that anyone can send: it is
/// answered with a 4xx, and nobody here has to act on it.
const DEFAULT_FILTER: &str = "info,actix_http=off,actix_server=warn,kurrentdb=error,rustls=warn";

/// Logs to standard error: for people on a terminal, as one JSON object a line otherwise.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        logs.with_target(false).compact().init();
    } else {
        logs.json().flatten_event(true).with_span_list(false).init();
    }
}
