//! Moves committed pages from the WAL file to the data file, and keeps the WAL file short.
//!
//! A checkpoint that has moved every page does not shorten the file: the next commit begins it anew, unless a reader that
//! began before still looks at it. However short the reads are, among many there is always such a one. So once the file is
//! long, the writer waits for the readers under way; those that begin meanwhile read the data file and hinder nothing.

use std::time::Duration;

use rusqlite::Connection;

/// Pages committed (8 MiB) before a checkpoint moves them.
const CHECKPOINT_PAGES: u64 = 2_048;
/// Pages in the WAL file (32 MiB) above which the writer waits for readers, to begin the file anew.
const LONG_WAL_PAGES: u64 = 8_192;
/// How long a commit may wait for readers. One that takes longer, such as a backup, leaves the file long for a while.
const WAIT_FOR_READERS: Duration = Duration::from_millis(250);
/// How long the writer waits for other programs that have locked the file.
const WAIT_FOR_OTHERS: Duration = Duration::from_secs(5);

/// How many pages the WAL file had at the last checkpoint; 0 once it was begun anew.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    pages: u64,
}

impl Checkpoints {
    /// Runs a checkpoint once enough was committed. Returns whether it did, as the WAL file may then be shorter.
    pub(super) fn run_if_due(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let pages = run(connection, "NOOP")?;
        if pages < self.pages {
            self.pages = 0;
        }
        if pages - self.pages < CHECKPOINT_PAGES {
            return Ok(false);
        }
        self.pages = pages;
        self.pages = run(connection, "PASSIVE")?;
        if self.pages > LONG_WAL_PAGES {
            self.pages = begin_anew(connection, "RESTART")?;
        }
        Ok(true)
    }

    /// Moves every page and empties the WAL file, unless a reader takes long. Returns that it may be shorter.
    pub(super) fn empty(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        self.pages = begin_anew(connection, "TRUNCATE")?;
        Ok(true)
    }
}

fn begin_anew(connection: &Connection, mode: &str) -> rusqlite::Result<u64> {
    connection.busy_timeout(WAIT_FOR_READERS)?;
    let pages = run(connection, mode);
    connection.busy_timeout(WAIT_FOR_OTHERS)?;
    pages
}

/// Returns how many pages are in the WAL file afterwards.
fn run(connection: &Connection, mode: &str) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    statement.query_row([], |row| row.get::<_, i64>(1)).map(crate::database::loaded)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::time::Instant;

    use super::*;
    use crate::database;

    const COMMIT_BYTES: i64 = 100_000;
    /// 100 MB.
    const COMMITS: u64 = 1_000;
    /// More than the length above which readers are waited for: on a busy machine one may not end in time.
    const BOUND_BYTES: u64 = 64 * 1_024 * 1_024;

    /// Reads again and again, each time over the next commit, but not for long.
    fn read_on(file: &Path, commits: &AtomicU64, done: &AtomicBool) {
        let connection = database::open_reader(file).unwrap();
        while !done.load(Ordering::Relaxed) {
            connection.execute_batch("BEGIN; SELECT count(*) FROM streams").unwrap();
            let (begun_at, seen) = (Instant::now(), commits.load(Ordering::Relaxed));
            while commits.load(Ordering::Relaxed) == seen && begun_at.elapsed() < Duration::from_millis(5) {
                std::thread::yield_now();
            }
            connection.execute_batch("COMMIT").unwrap();
        }
    }

    #[test]
    fn the_wal_file_stays_short_though_there_is_always_a_reader() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.db");
        std::fs::write(&file, []).unwrap();
        let connection = database::open_writer(&file, None).unwrap();
        let (commits, done) = (AtomicU64::new(0), AtomicBool::new(false));
        let mut checkpoints = Checkpoints::default();
        let longest = std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| read_on(&file, &commits, &done));
            }
            let mut longest = 0;
            for number in 0..COMMITS {
                connection
                    .execute(
                        "INSERT INTO events VALUES (?1, 1, ?1, x'', '', '', 0, zeroblob(?2), x'', 0)",
                        rusqlite::params![database::stored(number), COMMIT_BYTES],
                    )
                    .unwrap();
                checkpoints.run_if_due(&connection).unwrap();
                commits.fetch_add(1, Ordering::Relaxed);
                longest = longest.max(std::fs::metadata(folder.path().join("events.db-wal")).unwrap().len());
            }
            done.store(true, Ordering::Relaxed);
            longest
        });
        assert!(longest < BOUND_BYTES, "{longest} bytes");
        checkpoints.empty(&connection).unwrap();
        assert_eq!(std::fs::metadata(folder.path().join("events.db-wal")).unwrap().len(), 0);
    }
}
