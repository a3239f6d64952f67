use std::io::{IsTerminal, Write as _, stderr};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// The log filter unless `RUST_LOG` is set. The HTTP server's own errors are noise that any client can cause;
/// failures of Kafka are logged by our code, but with every attempt by its client.
const DEFAULT_FILTER: &str =
    "info,actix_http=off,actix_server=warn,librdkafka=off,rdkafka=off,rustls=warn,sqlx=warn";

/// A layer beside the logs, which receives spans and has a filter of its own.
pub(crate) type BesideLogs = Box<dyn Layer<Registry> + Send + Sync>;

/// Logs to standard error: as text on a terminal, or else as one JSON object a line, with the fields of the current
/// span.
pub(crate) fn start(beside: Option<BesideLogs>) {
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|filter| !filter.is_empty());
    let parsed = wanted.map_or_else(|| EnvFilter::try_new(DEFAULT_FILTER), EnvFilter::try_new);
    let (filter, refused) = match parsed {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
    };
    let logs = tracing_subscriber::fmt::layer().with_writer(stderr);
    let logs = if stderr().is_terminal() {
        logs.with_target(false).compact().boxed()
    } else {
        logs.json().flatten_event(true).with_span_list(false).boxed()
    };
    tracing_subscriber::registry().with(beside).with(logs.with_filter(filter)).init();
    if let Some(error) = refused {
        tracing::warn!(%error, "RUST_LOG is not a filter, such as warn,citas=debug: it is ignored");
    }
}

/// Tells why the process ends: in the log, or, where that leaves out errors, as text.
pub(crate) fn tell_failure(error: &anyhow::Error) {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!("{error:#}");
    } else {
        // Nobody may be there to read it; the exit code says it too.
        writeln!(stderr(), "Error: {error:#}").ok();
    }
}
