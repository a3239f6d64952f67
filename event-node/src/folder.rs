//! The data folder: created on first start, and locked by one node at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::StartError;

const LOCK_FILE: &str = "events.lock";
const DATA_FILE: &str = "events.db";

/// A data folder, locked against other nodes for as long as this value lives.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |source| StartError::Folder { path: path.to_owned(), source };
        let is_new = !path.exists();
        create_private_dir(path).map_err(unusable)?;
        let lock_path = path.join(LOCK_FILE);
        let lock = open_private(&lock_path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let data_file = path.join(DATA_FILE);
        open_private(&data_file).map_err(unusable)?;
        sync_entries(path, is_new).map_err(unusable)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    pub(crate) fn data_file(&self) -> PathBuf {
        self.path.join(DATA_FILE)
    }
}

/// Syncs the directory entries: without them a power cut loses even a synced file.
fn sync_entries(path: &Path, is_new: bool) -> std::io::Result<()> {
    #[cfg(unix)]
    for folder in std::fs::canonicalize(path)?.ancestors().take(if is_new { 2 } else { 1 }) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn create_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a file with a private mode before `SQLite` opens it: `SQLite` copies that mode to its side files.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
