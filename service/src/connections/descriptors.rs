//! File descriptors: of files and connections, a process may have only so many.

use std::fs::File;
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};
use tokio::time::{Instant, interval};

use super::ConnectionLimits;

/// Descriptors that the rest of the process needs: the data files, their readers, clients of other servers, threads.
const RESERVED: usize = 256;
/// With fewer connections a server is of no use.
const FEWEST_CONNECTIONS: usize = 64;
/// How long a process may be without a free descriptor before it ends.
const EXHAUSTION_TIMEOUT: Duration = Duration::from_secs(5);

/// The limits, with no more connections than there are descriptors for. An error if they do not suffice for any service.
pub(crate) fn check_descriptors(limits: ConnectionLimits) -> Result<ConnectionLimits> {
    // None: unlimited.
    let allowed = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    fit(limits, allowed.unwrap_or(usize::MAX))
}

fn fit(limits: ConnectionLimits, files: usize) -> Result<ConnectionLimits> {
    let room = files.saturating_sub(RESERVED);
    if room < FEWEST_CONNECTIONS {
        bail!(
            "this process may have {files} files and connections open, and needs at least {}: raise the limit \
             (ulimit -n, LimitNOFILE=, --ulimit nofile=)",
            RESERVED + FEWEST_CONNECTIONS
        );
    }
    if room < limits.total {
        tracing::warn!(
            connections = room,
            wanted = limits.total,
            "fewer connections than wanted: the process may have only {files} files and connections open"
        );
    }
    Ok(ConnectionLimits { total: limits.total.min(room), ..limits })
}

/// Returns once the process has had no free descriptor for a while, and so accepts no connection.
pub(crate) async fn until_out_of_descriptors() {
    let mut ticks = interval(Duration::from_secs(1));
    let mut out_since: Option<Instant> = None;
    loop {
        let now = ticks.tick().await;
        if has_free_descriptor() {
            out_since = None;
        } else if now.duration_since(*out_since.get_or_insert(now)) >= EXHAUSTION_TIMEOUT {
            return;
        }
    }
}

fn has_free_descriptor() -> bool {
    let error = File::open("/dev/null").err().and_then(|error| Errno::from_io_error(&error));
    !matches!(error, Some(Errno::MFILE | Errno::NFILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_the_descriptors_that_the_rest_needs() {
        let limits = || ConnectionLimits { total: 1_000, per_address: 1_000, gateways: Vec::new() };
        assert_eq!(fit(limits(), 100_000).unwrap().total, 1_000);
        assert_eq!(fit(limits(), 1_024).unwrap().total, 1_024 - RESERVED);
        let error = fit(limits(), 319).unwrap_err().to_string();
        assert!(error.contains("319") && error.contains("320") && error.contains("ulimit -n"), "{error}");
    }
}
