use std::io::{IsTerminal, stderr};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// What is logged unless `RUST_LOG` says otherwise. The HTTP server's own errors are noise that anyone can send; what
/// becomes of Kafka is told once by whoever uses it, and by its client again with every attempt.
const DEFAULT_FILTER: &str =
    "info,actix_http=off,actix_server=warn,kurrentdb=error,librdkafka=off,rdkafka=off,rustls=warn,sqlx=warn";

/// What looks at spans, besides the logs and with a filter of its own.
pub(crate) type BesideLogs = Box<dyn Layer<Registry> + Send + Sync>;

/// Logs to standard error: for people on a terminal, as one JSON object a line otherwise, with the fields of the span
/// that it happened in.
pub(crate) fn start(beside: Option<BesideLogs>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let logs = tracing_subscriber::fmt::layer().with_writer(stderr);
    let logs = if stderr().is_terminal() {
        logs.with_target(false).compact().boxed()
    } else {
        logs.json().flatten_event(true).with_span_list(false).boxed()
    };
    tracing_subscriber::registry().with(beside).with(logs.with_filter(filter)).init();
}
