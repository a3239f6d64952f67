//! Why a copy was not made.

use std::io;
use std::path::PathBuf;

use crate::error::StartError;

/// Why [`StoreCopy::make`](crate::StoreCopy::make) failed. Nothing is at the target then that was not there before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is nothing to copy.
    #[error("{} has no events.db: name the data folder of a store, or a backup of one", path.display())]
    NoStore {
        /// The folder to copy from.
        path: PathBuf,
    },
    /// The source cannot be used, for a reason that would keep it from being started too.
    #[error(transparent)]
    Source(#[from] StartError),
    /// The source cannot be read.
    #[error("{} cannot be read: check its permissions, as whom you run this, and its disk", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// What was copied is damaged.
    #[error(
        "the store in {} is damaged: {finding}. No copy was made. Keep it as it is, check its disk, and restore an earlier \
         backup by `citas restore`",
        path.display()
    )]
    Damaged {
        /// The folder to copy from.
        path: PathBuf,
        /// What was found first, with its position.
        finding: String,
    },
    /// The target exists.
    #[error("{} exists and is not empty: name a new or an empty folder", path.display())]
    TargetNotEmpty {
        /// The folder to copy to.
        path: PathBuf,
    },
    /// Something is in the way that no interrupted copy has left.
    #[error("{} was not left by a copy of yours: remove it, or name another folder", path.display())]
    Foreign {
        /// The folder under whose name a copy is written.
        path: PathBuf,
    },
    /// The target's parent does not exist.
    #[error("{} does not exist: make it first, or mount its disk", path.display())]
    NoParent {
        /// The parent of the folder to copy to.
        path: PathBuf,
    },
    /// The target would be inside of the source, and lost with it.
    #[error("{} is inside of the folder that is copied: name a folder elsewhere", path.display())]
    Inside {
        /// The folder to copy to.
        path: PathBuf,
    },
    /// The target cannot be written.
    #[error("{} cannot be written: check the free space and the permissions of its folder", path.display())]
    Target {
        /// The folder or file.
        path: PathBuf,
        /// The system's or `SQLite`'s error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no event at or before the position to end at, or the store ends before it.
    #[error("{asked} is no position to end at: the store has positions from {first} to {last}")]
    NoSuchPosition {
        /// The position asked for.
        asked: u64,
        /// The position of the first event.
        first: u64,
        /// The position of the last event.
        last: u64,
    },
}
