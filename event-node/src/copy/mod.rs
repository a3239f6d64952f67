//! Consistent copies of a store: a backup of one that runs, and a store out of a backup.

mod cut;
mod error;
mod target;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, ffi};

use crate::acknowledged::Acknowledged;
use crate::database;
use crate::error::StartError;
use crate::folder::DataFolder;
use crate::reader::{Extent, verify};
use crate::size_limit;
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
        size_limit::outlive_it();
        let file = self.from.join(DataFolder::DATA_FILE);
        match std::fs::metadata(&file) {
            Ok(found) if found.len() > 0 => {}
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(CopyError::Unreadable { path: file, source });
            }
            _ => return Err(CopyError::NoStore { path: self.from.to_owned() }),
        }
        // Before the events are looked at: they are never behind it.
        let acknowledged = Acknowledged::read(self.from)
            .map_err(|source| CopyError::Unreadable { path: self.from.to_owned(), source })?;
        let draft = Draft::begin(self.to, self.from, self.others)?;
        let mut copy = open_copy(&draft)?;
        let not_written = unwritable(draft.path());
        copy_pages(&file, acknowledged, &mut copy, &not_written, report)?;
        let failed = |error| {
            if database::is_damage(&error) { self.damaged(error.to_string()) } else { not_written(error) }
        };
        single_file(&copy).map_err(failed)?;
        if let Some(position) = self.up_to {
            check_end(position, ends(&copy).map_err(failed)?)?;
            // Before it is checked: whatever is damaged after the position does no harm.
            cut::cut(&mut copy, position).map_err(failed)?;
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
        let (_, last) = ends(copy).map_err(|error| self.damaged(error.to_string()))?;
        let mut told = 0;
        let mut read = |position| {
            let done = percent(position, last);
            if done > told {
                told = done;
                report(Progress::Checked(done));
            }
        };
        verify(copy, &mut read).map_err(|finding| self.damaged(finding))
    }

    fn damaged(&self, finding: String) -> CopyError {
        CopyError::Damaged { path: self.from.to_owned(), finding }
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
    not_written: impl Fn(rusqlite::Error) -> CopyError,
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
    let failed = |error| if is_of_source(&error) { explain(error).into() } else { not_written(error) };
    while pages.step(PAGES_AT_ONCE).map_err(failed)? != StepResult::Done {
        let progress = pages.progress();
        let (all, left) = (progress.pagecount.unsigned_abs(), progress.remaining.unsigned_abs());
        report(Progress::Copied(percent(all.saturating_sub(left).into(), all.into())));
    }
    Ok(())
}

/// Whether the error of a step is one of reading; all others are of writing.
fn is_of_source(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    let reading = [ffi::SQLITE_IOERR_READ, ffi::SQLITE_IOERR_SHORT_READ];
    database::is_damage(error) || code.is_some_and(|code| reading.contains(&code))
}

/// Makes the file complete without a WAL file, so that it can also be read where nothing can be written.
fn single_file(copy: &Connection) -> rusqlite::Result<()> {
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
}

/// The positions of the first and the last event.
fn ends(copy: &Connection) -> rusqlite::Result<(u64, u64)> {
    let ends = "SELECT coalesce(min(position), 0), coalesce(max(position), 0) FROM events";
    copy.query_row(ends, [], |row| Ok((database::loaded(row.get(0)?), database::loaded(row.get(1)?))))
}

fn check_end(asked: u64, (first, last): (u64, u64)) -> Result<(), CopyError> {
    if (first..=last).contains(&asked) {
        Ok(())
    } else {
        Err(CopyError::NoSuchPosition { asked, first, last })
    }
}

fn percent(done: u64, all: u64) -> u8 {
    u8::try_from(done.saturating_mul(100) / all.max(1)).unwrap_or(100).min(100)
}
