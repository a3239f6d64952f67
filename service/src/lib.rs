//! What the separate services have in common as processes: configuration, logs, traces, HTTP, signals.
//!
//! Their binaries stand on it; no library does. It knows nothing of what a service is for.

mod check;
mod kafka;
mod log;
mod serve;
mod settings;
mod traces;

use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::Result;
use schemas::trace::Sampling;
use tokio::runtime::Handle;

pub use kafka::Kafka;
pub use serve::{Server, serve, until_signalled};
pub use settings::{Secret, settings, subcommand_settings};

use traces::{TraceSettings, Traces};

static SAMPLING: OnceLock<Sampling> = OnceLock::new();

/// Which traces this process keeps; none where none are told to anybody.
pub fn sampling() -> Sampling {
    SAMPLING.get().copied().unwrap_or(Sampling::NONE)
}

/// Runs a service to its end: logs, traces, threads, and what the process answers to whoever started it.
pub fn run<Service: Future<Output = Result<()>>>(service: impl FnOnce() -> Service) -> ExitCode {
    run_job(|| async {
        service().await?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs what comes to an end by itself, and says with what the process answers.
pub fn run_job<Job: Future<Output = Result<ExitCode>>>(job: impl FnOnce() -> Job) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log::start(None);
            tracing::error!(%error, "the threads that do the work could not be started");
            return ExitCode::FAILURE;
        }
    };
    let traces = traces(runtime.handle());
    log::start(traces.as_ref().ok().and_then(Option::as_ref).map(Traces::layer));
    let ended = traces.and_then(|traces| {
        let ended = runtime.block_on(async { job().await });
        if let Some(traces) = traces {
            traces.stop();
        }
        ended
    });
    match ended {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn traces(runtime: &Handle) -> Result<Option<Traces>> {
    let Some(settings) = TraceSettings::read(|name| std::env::var(name).ok())? else { return Ok(None) };
    SAMPLING.get_or_init(|| settings.sampling);
    Traces::start(&settings, runtime).map(Some)
}
