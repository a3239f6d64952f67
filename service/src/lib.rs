//! What the separate services have in common as processes: configuration, logs, HTTP, signals.
//!
//! Their binaries stand on it; no library does. It knows nothing of what a service is for.

mod check;
mod kafka;
mod log;
mod serve;
mod settings;

use std::process::ExitCode;

use anyhow::Result;

pub use kafka::Kafka;
pub use serve::{Server, serve, until_signalled};
pub use settings::{Secret, settings, subcommand_settings};

/// Runs a service to its end: logs, threads, and what the process answers to whoever started it.
pub fn run<Service: Future<Output = Result<()>>>(service: impl FnOnce() -> Service) -> ExitCode {
    run_job(|| async {
        service().await?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs what comes to an end by itself, and says with what the process answers.
pub fn run_job<Job: Future<Output = Result<ExitCode>>>(job: impl FnOnce() -> Job) -> ExitCode {
    log::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the threads that do the work could not be started");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(async { job().await }) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
