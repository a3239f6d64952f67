//! Why a node does not start, and why it stops.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Why [`Node::start`](crate::Node::start) failed. Every message says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder cannot be made, read or written.
    #[error(
        "cannot use the data folder {}: choose a folder on a writable disk that belongs to this user",
        path.display()
    )]
    Folder {
        /// The configured folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The system gives no random numbers, of which credentials are made.
    #[error("no credentials can be generated: the system gives no random numbers")]
    NoRandomness {
        /// The system's error.
        source: getrandom::Error,
    },
    /// Another process has the folder open.
    #[error(
        "the data folder {} is in use by another process: stop that process, or choose another folder",
        path.display()
    )]
    InUse {
        /// The configured folder.
        path: PathBuf,
    },
    /// The data file belongs to another program.
    #[error(
        "{} is a database of another program: move it away, or choose another data folder",
        path.display()
    )]
    Foreign {
        /// The data file.
        path: PathBuf,
    },
    /// The data file was written by a later version of this program.
    #[error(
        "{} has format {found}, and this program reads up to {supported}: start the newer program",
        path.display()
    )]
    Newer {
        /// The data file.
        path: PathBuf,
        /// The format of that file.
        found: i64,
        /// The latest format that this program reads.
        supported: i64,
    },
    /// The data file is damaged. The node never repairs it: a repair could drop events silently.
    #[error(
        "the data file {} is damaged ({detail}): keep a copy of its folder, check the disk, then restore the folder from a \
         backup by `citas restore`",
        path.display()
    )]
    Damaged {
        /// The data file.
        path: PathBuf,
        /// The first thing that was found.
        detail: String,
    },
    /// The data file has fewer events than were acknowledged: it is an older one, or has lost its end.
    #[error(
        "{} ends at position {found}, but events up to position {acknowledged} at least were acknowledged: restore a newer backup by \
         `citas restore`; or give up the missing events by `citas node repair --truncate`",
        path.display()
    )]
    Behind {
        /// The data file.
        path: PathBuf,
        /// The position of its last event; 0 if it has none.
        found: u64,
        /// How far events were acknowledged.
        acknowledged: u64,
    },
    /// The data file cannot be opened for another reason.
    #[error("cannot open {}: check the free space and the permissions of its folder", path.display())]
    Open {
        /// The data file.
        path: PathBuf,
        /// `SQLite`'s error.
        source: rusqlite::Error,
    },
    /// The address can be reached from other machines.
    #[error("{address} is not a loopback address, and nothing is encrypted here: use 127.0.0.1")]
    NotLoopback {
        /// The configured address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: choose a free port, or port 0 to have one chosen")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The writer thread cannot be started.
    #[error("cannot start the writer thread: raise this user's limit of threads")]
    Thread {
        /// The system's error.
        source: io::Error,
    },
}

/// Why a running node stopped by itself. Acknowledged writes are stored; others may or may not be. The node
/// does not write again: exit the process and restart it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FatalError {
    /// A write or a sync failed.
    #[error("the event store stopped, because its disk failed: check the disk, then start the process again")]
    Disk {
        /// `SQLite`'s error.
        source: Arc<rusqlite::Error>,
    },
    /// A file of the data folder was removed, renamed or replaced while it was open.
    #[error(
        "the event store stopped, because {} is no longer the file that it opened, or has lost its end: put the data \
         folder back in its place, or restore it from a backup, then start the process again; nothing was acknowledged since",
        path.display()
    )]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// A stored event is not as it was written.
    #[error(
        "the event store stopped, because the event at position {position} is not as it was written: keep a copy of the \
         data folder, check the disk, then restore the folder from a backup by `citas restore`"
    )]
    Damaged {
        /// The position of the event.
        position: u64,
    },
    /// The data file cannot be understood any more.
    #[error(
        "the event store stopped, because its data file {} is damaged ({detail}): keep a copy of its folder, check the disk, \
         then restore the folder from a backup by `citas restore`",
        path.display()
    )]
    DamagedFile {
        /// The data file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The writer panicked.
    #[error("the event store stopped, because of a bug: start the process again, and report the bug")]
    Defect,
}

/// The last write had no room on the disk: nothing of it was stored, and reads go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the disk of the event store is full: free space on it, or raise the quota or the limit on the size of files"
)]
pub struct StorageFull;
