//! A limit on the size of files, as `ulimit -f` sets it, behaves as a full disk does: the write fails, and nothing else.

use rustix::process::Signal;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

/// Catches the signal by which the system would otherwise end the process at such a write. Does nothing outside of a
/// runtime, which alone can catch signals.
pub(crate) fn outlive_it() {
    if Handle::try_current().is_err() {
        return;
    }
    if let Err(error) = signal(SignalKind::from_raw(Signal::XFSZ.as_raw())) {
        tracing::warn!(%error, "a limit on the size of files will end this process where it is met");
    }
}
