use std::io::{IsTerminal, Write as _, stderr};

use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// The log filter, to which `RUST_LOG` is added. The HTTP server's own errors are noise that any client can cause;
/// failures of Kafka are logged by our code, but with every attempt by its client. So these stay silent unless `RUST_LOG` names
/// them: of two directives for the same, the later one counts.
const DEFAULT_FILTER: &str =
    "info,actix_http=off,actix_server=warn,librdkafka=off,rdkafka=off,rustls=warn,sqlx=warn";

/// A layer beside the logs, which receives spans and has a filter of its own.
pub(crate) type BesideLogs = Box<dyn Layer<Registry> + Send + Sync>;

/// Logs to standard error: as text on a terminal, or else as one JSON object a line, with the fields of the current
/// span.
pub(crate) fn start(beside: Option<BesideLogs>) {
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|filter| !filter.is_empty());
    let (filter, refused) = match filter(wanted.as_deref()) {
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

fn filter(wanted: Option<&str>) -> Result<EnvFilter, ParseError> {
    match wanted {
        Some(wanted) => EnvFilter::try_new(format!("{DEFAULT_FILTER},{wanted}")),
        None => EnvFilter::try_new(DEFAULT_FILTER),
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no line panics").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of what our code and a client of Kafka say.
    fn logged(wanted: Option<&str>) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        let filter = filter(wanted).expect("it is a filter");
        with_default(tracing_subscriber::registry().with(layer.with_filter(filter)), || {
            tracing::error!(target: "rdkafka::client", "noise");
            tracing::info!("ours");
            tracing::debug!("detail");
        });
        let lines = lines.0.lock().expect("no line panics");
        String::from_utf8(lines.clone()).expect("lines are text")
    }

    #[test]
    fn what_is_wanted_is_logged_and_the_noise_of_clients_only_by_name() {
        for (wanted, has) in [
            (None, [false, true, false]),
            (Some("info"), [false, true, false]),
            (Some("debug"), [false, true, true]),
            (Some("warn"), [false, false, false]),
            (Some("warn,rdkafka=error"), [true, false, false]),
        ] {
            let logged = logged(wanted);
            assert_eq!(
                ["noise", "ours", "detail"].map(|what| logged.contains(what)),
                has,
                "{wanted:?}: {logged}"
            );
        }
    }
}
