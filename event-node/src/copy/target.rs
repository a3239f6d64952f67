//! The folder that a copy is written to: under another name until it is complete.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::error::CopyError;
use crate::error::StartError;
use crate::folder::DataFolder;
use crate::private_file::open_private;

/// A folder beside the target, locked while it is written. Removed unless it is completed.
#[derive(Debug)]
pub(super) struct Draft {
    folder: DataFolder,
    path: PathBuf,
    target: PathBuf,
    /// Names of files that may be in it.
    files: Vec<String>,
    is_complete: bool,
}

impl Draft {
    /// Makes the folder, or takes over one that an interrupted copy has left.
    pub(super) fn begin(target: &Path, source: &Path, others: &[&str]) -> Result<Self, CopyError> {
        if !is_absent_or_empty(target).map_err(unwritable(target))? {
            return Err(CopyError::TargetNotEmpty { path: target.to_owned() });
        }
        let absolute = std::path::absolute(target).map_err(unwritable(target))?;
        let parent = absolute.parent().unwrap_or(&absolute);
        let Ok(parent) = fs::canonicalize(parent) else {
            return Err(CopyError::NoParent { path: parent.to_owned() });
        };
        if fs::canonicalize(source).is_ok_and(|source| parent.starts_with(source)) {
            return Err(CopyError::Inside { path: target.to_owned() });
        }
        let target = parent.join(absolute.file_name().unwrap_or_default());
        let mut name = target.clone().into_os_string();
        name.push(".partial");
        let path = PathBuf::from(name);
        check_leftover(&path, others)?;
        let folder = DataFolder::open(&path).map_err(|error| match error {
            StartError::Folder { path, source } => CopyError::Target { path, source: source.into() },
            other => other.into(),
        })?;
        let files = DataFolder::FILES.iter().chain(others).map(|name| (*name).to_owned()).collect();
        let draft = Self { folder, path, target, files, is_complete: false };
        // The data file stays, as the lock is on it.
        let emptied = draft.remove_files(|name| name != DataFolder::DATA_FILE);
        emptied.and_then(|()| File::create(draft.data_file()).map(drop)).map_err(unwritable(&draft.path))?;
        Ok(draft)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data_file(&self) -> PathBuf {
        self.folder.data_file()
    }

    /// Copies a small file from another folder, if it is there.
    pub(super) fn take(&self, source: &Path, name: &str) -> Result<(), CopyError> {
        let from = source.join(name);
        let content = match fs::read(&from) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(CopyError::Unreadable { path: from, source }),
        };
        let to = self.path.join(name);
        let written = open_private(&to).and_then(|mut file| {
            file.write_all(&content)?;
            file.sync_all()
        });
        written.map_err(unwritable(&to))
    }

    /// Makes everything durable, and gives the folder its name.
    pub(super) fn complete(mut self) -> Result<(), CopyError> {
        let sync = |path: &Path| File::open(path)?.sync_all();
        sync(&self.data_file()).and_then(|()| sync(&self.path)).map_err(unwritable(&self.path))?;
        if let Err(error) = fs::rename(&self.path, &self.target) {
            return Err(match error.kind() {
                ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
                    CopyError::TargetNotEmpty { path: self.target.clone() }
                }
                _ => unwritable(&self.target)(error),
            });
        }
        self.is_complete = true;
        self.target.parent().map_or(Ok(()), sync).map_err(unwritable(&self.target))
    }

    /// Nothing but what a copy writes.
    fn remove_files(&self, which: impl Fn(&str) -> bool) -> io::Result<()> {
        for name in self.files.iter().filter(|name| which(name)) {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_complete {
            return;
        }
        if let Err(error) = self.remove_files(|_| true).and_then(|()| fs::remove_dir(&self.path)) {
            tracing::warn!(%error, "{} is left: remove it", self.path.display());
        }
    }
}

/// Refuses what is at the draft's name unless an interrupted copy can have left it: others could take part in the copy.
fn check_leftover(path: &Path, others: &[&str]) -> Result<(), CopyError> {
    let foreign = || CopyError::Foreign { path: path.to_owned() };
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unwritable(path)(error)),
    };
    let is_private = found.permissions().mode().trailing_zeros() >= 6;
    if !found.is_dir() || !is_private || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(foreign());
    }
    for entry in fs::read_dir(path).map_err(unwritable(path))? {
        let name = entry.map_err(unwritable(path))?.file_name();
        let is_ours = DataFolder::FILES.iter().chain(others).any(|ours| name == **ours);
        if !is_ours {
            return Err(foreign());
        }
    }
    Ok(())
}

fn is_absent_or_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

/// Explains an error of writing below this path.
pub(super) fn unwritable<E>(path: &Path) -> impl Fn(E) -> CopyError + use<E>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let path = path.to_owned();
    move |error| CopyError::Target { path: path.clone(), source: error.into() }
}
