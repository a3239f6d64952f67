//! Consistent copies of a store: a backup of one that runs, and a store out of a backup.

mod cut;
mod error;
mod target;

use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::acknowledged::Acknowledged;
use crate::database;
use crate::error::StartError;
use crate::folder::DataFolder;
use crate::reader::{Extent, verify};
use target::{Draft, unwritable};

pub use error::CopyError;

/// Pages that are copied between two reports (4 MiB).
const PAGES_AT_ONCE: i32 = 1_024;

/// What a copy is made of.
#[derive(Clone, Debug)]
pub struct StoreCopy<'a> {
    /// A data folder, whether or not a process uses it, or a copy.
    pub from: &'a Path,
    /// A folder that does not exist or is empty.
    pub to: &'a Path,
    /// The last position to copy; everything if there is none.
    pub up_to: Option<u64>,
    /// Names of small files that are copied too if they are there.
    pub others: &'a [&'a str],
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many percent are copied.
    Copied(u8),
    /// So many percent of what was copied were read and are as they were written.
    Checked(u8),
}

/// A copy that was made: every event in it was read and is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// How many events it has.
    pub events: u64,
    /// The position of the last; 0 if there is none.
    pub last_position: u64,
}

impl StoreCopy<'_> {
    /// Copies everything that was acknowledged before the call, and checks the copy. It blocks.
    ///
    /// A process that uses the source goes on meanwhile. The target appears once it is complete and on the disk.
    pub fn make(&self, report: &mut dyn FnMut(Progress)) -> Result<Copied, CopyError> {
        let file = self.from.join(DataFolder::DATA_FILE);
        if !std::fs::metadata(&file).is_ok_and(|file| file.len() > 0) {
            return Err(CopyError::NoStore { path: self.from.to_owned() });
        }
        // Before the events are looked at: they are never behind it.
        let acknowledged = Acknowledged::read(self.from)
            .map_err(|source| CopyError::Unreadable { path: self.from.to_owned(), source })?;
        let draft = Draft::begin(self.to, self.from, self.others)?;
        let mut copy = open_copy(&draft)?;
        copy_pages(&file, acknowledged, &mut copy, report)?;
        let not_written = unwritable(draft.path());
        single_file(&copy).map_err(&not_written)?;
        if let Some(position) = self.up_to {
            check_end(&copy, position, self.from)?;
            cut::cut(&mut copy, position).map_err(&not_written)?;
        }
        let Extent { events, last_position } = self.checked(&copy, report)?;
        copy.close().map_err(|(_, error)| not_written(error))?;
        let written = Acknowledged::open(draft.path()).and_then(|mut record| record.write(last_position));
        written.map_err(unwritable(draft.path()))?;
        for name in self.others {
            draft.take(self.from, name)?;
        }
        draft.complete()?;
        Ok(Copied { events, last_position })
    }

    fn checked(&self, copy: &Connection, report: &mut dyn FnMut(Progress)) -> Result<Extent, CopyError> {
        let damaged = |finding| CopyError::Damaged { path: self.from.to_owned(), finding };
        let last = database::last_position(copy).map_err(|error| damaged(error.to_string()))?.unwrap_or(0);
        let mut told = 0;
        let mut read = |position| {
            let done = percent(position, last);
            if done > told {
                told = done;
                report(Progress::Checked(done));
            }
        };
        verify(copy, &mut read).map_err(damaged)
    }
}

/// Nothing of the copy counts before it is complete, so nothing of it is synced before.
fn open_copy(draft: &Draft) -> Result<Connection, CopyError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(draft.data_file(), flags).and_then(|copy| {
        copy.pragma_update(None, "synchronous", "OFF")?;
        Ok(copy)
    });
    opened.map_err(unwritable(draft.path()))
}

/// Copies the pages of one moment: a read transaction keeps whatever is committed meanwhile out.
fn copy_pages(
    file: &Path,
    acknowledged: u64,
    copy: &mut Connection,
    report: &mut dyn FnMut(Progress),
) -> Result<(), CopyError> {
    let explain = |source| database::explain(file, source);
    let source = database::open_reader(file).map_err(explain)?;
    database::check_identity(&source, file)?;
    source.execute_batch("BEGIN").map_err(explain)?;
    let found = database::last_position(&source).map_err(explain)?.unwrap_or(0);
    if found < acknowledged {
        return Err(StartError::Behind { path: PathBuf::from(file), found, acknowledged }.into());
    }
    let pages = Backup::new(&source, copy).map_err(explain)?;
    while pages.step(PAGES_AT_ONCE).map_err(explain)? != StepResult::Done {
        let progress = pages.progress();
        let (all, left) = (progress.pagecount.unsigned_abs(), progress.remaining.unsigned_abs());
        report(Progress::Copied(percent(all.saturating_sub(left).into(), all.into())));
    }
    Ok(())
}

/// Makes the file complete without a WAL file, so that it can also be read where nothing can be written.
fn single_file(copy: &Connection) -> rusqlite::Result<()> {
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
}

fn check_end(copy: &Connection, asked: u64, from: &Path) -> Result<(), CopyError> {
    let ends = copy.query_row("SELECT coalesce(min(position), 0), coalesce(max(position), 0) FROM events", [], |row| {
        Ok((database::loaded(row.get(0)?), database::loaded(row.get(1)?)))
    });
    let (first, last) =
        ends.map_err(|error| CopyError::Damaged { path: from.to_owned(), finding: error.to_string() })?;
    if (first..=last).contains(&asked) { Ok(()) } else { Err(CopyError::NoSuchPosition { asked, first, last }) }
}

fn percent(done: u64, all: u64) -> u8 {
    u8::try_from(done.saturating_mul(100) / all.max(1)).unwrap_or(100).min(100)
}
