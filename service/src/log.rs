use std::io::{IsTerminal, stderr};

use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::traces;

/// What is logged unless `RUST_LOG` says otherwise. The HTTP server's own errors are noise that anyone can send; what
/// becomes of Kafka is told once by whoever uses it, and by its client again with every attempt.
const DEFAULT_FILTER: &str =
    "info,actix_http=off,actix_server=warn,kurrentdb=error,librdkafka=off,rdkafka=off,rustls=warn,sqlx=warn";

/// Logs to standard error: for people on a terminal, as one JSON object a line otherwise, with the fields of the span
/// that it happened in. Spans go to the collector too, whatever is logged.
pub(crate) fn start(traces: Option<traces::Layer>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let logs = tracing_subscriber::fmt::layer().with_writer(stderr);
    let logs = if stderr().is_terminal() {
        logs.with_target(false).compact().boxed()
    } else {
        logs.json().flatten_event(true).with_span_list(false).boxed()
    };
    let spans = FilterFn::new(traces::Layer::takes).with_max_level_hint(LevelFilter::DEBUG);
    let traces = traces.map(|traces| traces.with_filter(spans));
    tracing_subscriber::registry().with(logs.with_filter(filter)).with(traces).init();
}
