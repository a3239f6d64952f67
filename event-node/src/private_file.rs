//! Files that no other user may read.

use std::fs::{File, OpenOptions};
use std::path::Path;

/// Creates a file with a private mode before `SQLite` opens it: `SQLite` copies that mode to its side files.
pub(crate) fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
