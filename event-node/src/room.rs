//! Whether the disk has room, found out by writing. What the system says of free space leaves out quotas and limits.

use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::private_file::open_private;

pub(crate) const TRIAL_FILE: &str = "events.trial";
/// What a trial writes: more than the commit of a usual group takes.
const TRIAL_BYTES: usize = 256 * 1_024;

/// Writes to a file of its own at this offset, at which another file in the folder would grow. The file has no name by
/// then, so that nothing of it stays.
pub(crate) fn try_to_grow(folder: &Path, offset: u64) -> io::Result<()> {
    let path = folder.join(TRIAL_FILE);
    let file = open_private(&path)?;
    std::fs::remove_file(&path)?;
    file.write_all_at(&vec![0x5a; TRIAL_BYTES], offset)?;
    file.sync_data()
}

/// Whether a write failed for lack of room: of the disk, of a quota, or under a limit on the size of files.
pub(crate) fn is_lack_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        try_to_grow(folder.path(), 5_000_000).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
