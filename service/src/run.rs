//! Runs a process: runtime, logs, traces, exit code, signals.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tokio::runtime::Builder;
#[cfg(not(feature = "traces"))]
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

#[cfg(feature = "traces")]
use crate::traces::block_on;

/// How long what still runs may take to yield when the job has ended: a process that is asked to end, or has to, must not go on for
/// a task that is stuck.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs a service to its end, with logs, traces and a runtime, and returns the exit code.
pub fn run<Service: Future<Output = Result<()>>>(service: impl FnOnce() -> Service) -> ExitCode {
    run_job(|| until_stopped(service()))
}

/// Waits until a service has stopped, and says so.
pub async fn until_stopped(service: impl Future<Output = Result<()>>) -> Result<ExitCode> {
    service.await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Runs a job that ends by itself and returns the exit code.
pub fn run_job<Job: Future<Output = Result<ExitCode>>>(job: impl FnOnce() -> Job) -> ExitCode {
    raise_descriptor_limit();
    let runtime = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::log::start(None);
            tracing::error!(%error, "the runtime could not be started");
            return ExitCode::FAILURE;
        }
    };
    let ended = block_on(&runtime, async { job().await });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    match ended {
        Ok(code) => code,
        Err(error) => {
            crate::log::tell_failure(&error);
            ExitCode::FAILURE
        }
    }
}

/// Raises the number of files and connections that may be open to what the system allows: the usual soft limit of 1,024 is
/// for programs that use `select`.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Whoever may not go on with the limit as it is.
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
}

/// Runs a job, with logs from its beginning.
#[cfg(not(feature = "traces"))]
fn block_on<T>(runtime: &Runtime, job: impl Future<Output = Result<T>>) -> Result<T> {
    crate::log::start(None);
    runtime.block_on(job)
}

/// Waits for SIGTERM, SIGINT, or SIGHUP, by which a terminal ends its programs when it is closed. A process that was
/// told to ignore the last, as by `nohup`, does.
pub async fn until_signalled() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A handler would take the place of ignoring.
    let mut hang_up = if ignores(SignalKind::hangup()) { None } else { Some(signal(SignalKind::hangup())?) };
    let terminal_closed = async {
        match &mut hang_up {
            Some(hang_up) => hang_up.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = terminal_closed => {}
    }
    Ok(())
}

/// Whether this process was started with this signal ignored.
#[cfg(target_os = "linux")]
fn ignores(signal: SignalKind) -> bool {
    let status = procfs::process::Process::myself().and_then(|process| process.status());
    status.is_ok_and(|status| status.sigign & (1 << (signal.as_raw_value() - 1)) != 0)
}

#[cfg(not(target_os = "linux"))]
fn ignores(_: SignalKind) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_never_yields_does_not_keep_the_process() {
        let (said, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let code = run_job(|| async {
                tokio::spawn(async { std::thread::park_timeout(Duration::from_hours(1)) });
                tokio::task::spawn_blocking(|| std::thread::park_timeout(Duration::from_hours(1)));
                Ok(ExitCode::SUCCESS)
            });
            said.send(code).unwrap();
        });
        let code = ended.recv_timeout(Duration::from_mins(1)).expect("it is not waited for");
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    }
}
