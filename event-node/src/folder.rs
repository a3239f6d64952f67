//! The data folder: created on first start, and locked by one node at a time.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::acknowledged::Acknowledged;
use crate::error::StartError;
use crate::private_file::open_private;
use crate::room;

const DATA_FILE: &str = DataFolder::DATA_FILE;
const WAL_FILE: &str = "events.db-wal";

/// A data folder, locked against other nodes for as long as this value lives.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    /// On the data file itself, of another kind than the locks of `SQLite`. Closed after the last of its connections,
    /// as closing it releases those too.
    _lock: File,
    /// The files as they were opened.
    files: Vec<OpenedFile>,
    /// How long the WAL file was after the last commit.
    wal_bytes: u64,
}

/// A file by its path, and which one it was when it was opened.
#[derive(Debug)]
struct OpenedFile {
    path: PathBuf,
    identity: Identity,
}

/// Device and inode: another file at the same path has others.
type Identity = (u64, u64);

impl DataFolder {
    /// The name of the data file.
    pub(crate) const DATA_FILE: &str = "events.db";
    /// The names of every file that a node may leave in its folder.
    pub(crate) const FILES: [&str; 6] =
        [DATA_FILE, WAL_FILE, "events.db-shm", "events.db-journal", room::TRIAL_FILE, Acknowledged::FILE];

    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |source| StartError::Folder { path: path.to_owned(), source };
        let is_new = !path.exists();
        create_private_dir(path).map_err(unusable)?;
        let lock = open_private(&path.join(DATA_FILE)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        sync_entries(path, is_new).map_err(unusable)?;
        // Absolute, so that it stays the same path whatever becomes of the working directory.
        let path = std::fs::canonicalize(path).map_err(unusable)?;
        Ok(Self { path, _lock: lock, files: Vec::new(), wal_bytes: 0 })
    }

    /// How large the data file and its WAL file are.
    pub(crate) fn stored_bytes(path: &Path) -> u64 {
        length(&path.join(DATA_FILE)) + length(&path.join(WAL_FILE))
    }

    /// Remembers which files were opened. To be called once the WAL file exists.
    pub(crate) fn remember_files(&mut self) -> std::io::Result<()> {
        self.files = [DATA_FILE, WAL_FILE]
            .into_iter()
            .map(|name| {
                let path = self.path.join(name);
                let identity = identity(&path)?;
                Ok(OpenedFile { path, identity })
            })
            .collect::<std::io::Result<_>>()?;
        Ok(())
    }

    /// The first file that is no longer at its path. What was written to it since is lost with the process, however
    /// well it was synced.
    pub(crate) fn missing_file(&self) -> Option<&Path> {
        let missing =
            self.files.iter().find(|file| !identity(&file.path).is_ok_and(|found| found == file.identity));
        missing.map(|file| file.path.as_path())
    }

    /// The first file that is no longer at its path; or the WAL file, if it has become shorter since the last commit: then
    /// the events in it are lost, and whatever is written now would be lost with it.
    pub(crate) fn lost_file(&self) -> Option<PathBuf> {
        let cut = || Some(self.path.join(WAL_FILE)).filter(|path| length(path) < self.wal_bytes);
        self.missing_file().map(Path::to_owned).or_else(cut)
    }

    /// To be called after each commit.
    pub(crate) fn note_length(&mut self) {
        self.wal_bytes = length(&self.path.join(WAL_FILE));
    }

    /// Whether the data file or the WAL file cannot grow for lack of room.
    pub(crate) fn lacks_room(&self) -> bool {
        [DATA_FILE, WAL_FILE].into_iter().any(|name| {
            let grown = self.try_to_grow(name);
            grown.is_err_and(|error| room::is_lack_of_room(&error))
        })
    }

    /// Fails as the data file would if it had to grow now.
    pub(crate) fn try_room(&self) -> std::io::Result<()> {
        self.try_to_grow(DATA_FILE)
    }

    fn try_to_grow(&self, name: &str) -> std::io::Result<()> {
        let length = std::fs::metadata(self.path.join(name))?.len();
        room::try_to_grow(&self.path, length)
    }

    /// How far events were acknowledged.
    pub(crate) fn acknowledged(&self) -> Result<Acknowledged, StartError> {
        Acknowledged::open(&self.path)
            .map_err(|source| StartError::Folder { path: self.path.clone(), source })
    }

    pub(crate) fn data_file(&self) -> PathBuf {
        self.path.join(DATA_FILE)
    }
}

/// Syncs the directory entries: without them a power cut loses even a synced file.
fn sync_entries(path: &Path, is_new: bool) -> std::io::Result<()> {
    for folder in std::fs::canonicalize(path)?.ancestors().take(if is_new { 2 } else { 1 }) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

fn identity(path: &Path) -> std::io::Result<Identity> {
    std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

fn create_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
