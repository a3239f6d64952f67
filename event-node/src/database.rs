//! The data file: its schema, how it is opened, and how its numbers are read.

use std::ops::Range;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use crate::error::StartError;
use crate::record::RECORD_HEADER_BYTES;

/// "Ctas" in ASCII: marks the file as ours.
const APPLICATION_ID: i64 = 0x4374_6173;
/// The version of the file format. A file with a higher one is refused.
const FORMAT: i64 = 2;

/// What a file with a limit has to have left (256 KiB) in order not to count as full.
const ROOM_PAGES: i64 = 64;
/// What the WAL file is cut to when it is begun anew (16 MiB) after it was longer.
const WAL_BYTES_KEPT: i64 = 16 * 1_024 * 1_024;

/// `events.position` is the rowid, so a log append is a B-tree append. The one index serves stream reads,
/// the head of a stream and the check of a retried append; event ids deliberately have none, see `recent_ids`.
const SCHEMA: &str = "
CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    max_count INTEGER,
    max_age_seconds INTEGER,
    truncate_before INTEGER,
    tombstoned INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    type TEXT NOT NULL,
    content_type TEXT NOT NULL,
    created INTEGER NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
";

/// Reads no row, but fails to prepare on a schema that is not ours.
const SCHEMA_CHECK: &str = "
SELECT e.position, e.stream, e.revision, e.id, e.type, e.content_type, e.created, e.data, e.metadata, e.checksum,
       s.name, s.max_count, s.max_age_seconds, s.truncate_before, s.tombstoned
FROM events e INDEXED BY events_by_stream JOIN streams s ON s.id = e.stream
WHERE e.stream = 0 AND e.revision = 0";

/// Opens the data file for the writer, and creates the schema if it is empty.
///
/// Makes only checks that take constant time, whatever the size of the file; [`verify`](crate::reader::verify) reads all of it.
pub(crate) fn open_writer(path: &Path, max_file_bytes: Option<u64>) -> Result<Connection, StartError> {
    let explain = |source| explain(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(explain)?;
    keep_plans(&connection).map_err(explain)?;
    connection.set_prepared_statement_cache_capacity(64);
    if is_blank(&connection).map_err(explain)? {
        create(&connection).map_err(explain)?;
    }
    check_identity(&connection, path)?;
    connection.prepare(SCHEMA_CHECK).map_err(|error| damaged(path, error.to_string()))?;
    check_length(&connection, path)?;
    tune_writer(&connection, max_file_bytes).map_err(explain)?;
    Ok(connection)
}

/// Opens the data file for reading only. The writer must have opened it first.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

/// Without this `SQLite` prepares a statement again whenever the parameter that it compares a key with changes.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// Whether the file was created but never initialised, as an interrupted start leaves it.
fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && pragma(connection, "application_id")? == 0)
}

fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         BEGIN IMMEDIATE;
         {SCHEMA}
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA user_version = {FORMAT};
         COMMIT;"
    ))
}

/// Fails if the file is of another program, or of another release's format.
pub(crate) fn check_identity(connection: &Connection, path: &Path) -> Result<(), StartError> {
    let read = |name| pragma(connection, name).map_err(|source| explain(path, source));
    if read("application_id")? != APPLICATION_ID {
        return Err(StartError::Foreign { path: path.to_owned() });
    }
    match read("user_version")? {
        FORMAT => Ok(()),
        found if found > FORMAT => Err(StartError::Newer { path: path.to_owned(), found, supported: FORMAT }),
        found => Err(damaged(path, format!("its format is {found}"))),
    }
}

/// A file shorter than its header says is truncated, unless its end is still in the WAL file.
fn check_length(connection: &Connection, path: &Path) -> Result<(), StartError> {
    let read = |name| pragma(connection, name).map_err(|source| explain(path, source));
    let stated = u64::try_from(read("page_count")? * read("page_size")?).unwrap_or(0);
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if length(Path::new(&wal)) == 0 && length(path) < stated {
        return Err(damaged(path, format!("it should have {stated} bytes and has {}", length(path))));
    }
    Ok(())
}

/// `FULL`, because in WAL mode anything less loses acknowledged writes on a power cut. The writer runs the
/// checkpoints itself, because an automatic one hides a failed sync.
fn tune_writer(connection: &Connection, max_file_bytes: Option<u64>) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_KEPT, |_| Ok(()))?;
    if let Some(bytes) = max_file_bytes {
        let page_bytes = pragma(connection, "page_size")?.unsigned_abs().max(1);
        let pages = stored(bytes / page_bytes).max(1);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

/// Commits a page that holds what it held before. Returns whether the file may also grow, by its own limit.
pub(crate) fn try_commit(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute_batch(&format!("BEGIN IMMEDIATE; PRAGMA user_version = {FORMAT}; COMMIT"))?;
    let pages = |name| pragma(connection, name);
    Ok(pages("max_page_count")? - pages("page_count")? + pages("freelist_count")? >= ROOM_PAGES)
}

/// The position of the last event; none in an empty file.
pub(crate) fn last_position(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    connection
        .query_row("SELECT max(position) FROM events", [], |row| row.get::<_, Option<i64>>(0))
        .map(|position| position.map(loaded))
}

/// Where the last record that begins at or before this position begins, and where it ends; none if there is no such record.
pub(crate) fn record_around(connection: &Connection, position: u64) -> rusqlite::Result<Option<Range<u64>>> {
    connection
        .prepare_cached(
            "SELECT e.position, octet_length(s.name) + octet_length(e.type) + octet_length(e.content_type)
                 + octet_length(e.data) + octet_length(e.metadata)
             FROM events e CROSS JOIN streams s ON s.id = e.stream
             WHERE e.position <= ?1 ORDER BY e.position DESC LIMIT 1",
        )?
        .query_row([stored(position)], |row| {
            let (begins, bytes) = (loaded(row.get(0)?), loaded(row.get(1)?));
            Ok(begins..begins + RECORD_HEADER_BYTES + bytes)
        })
        .optional()
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

pub(crate) fn explain(path: &Path, source: rusqlite::Error) -> StartError {
    if is_damage(&source) {
        damaged(path, source.to_string())
    } else {
        StartError::Open { path: path.to_owned(), source }
    }
}

/// Whether the error says that what the file holds makes no sense.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    match error {
        FromSqlConversionFailure(..)
        | IntegralValueOutOfRange(..)
        | InvalidColumnType(..)
        | Utf8Error(..) => true,
        _ => matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)),
    }
}

pub(crate) fn damaged(path: &Path, detail: String) -> StartError {
    StartError::Damaged { path: path.to_owned(), detail }
}

/// A revision or position as `SQLite` stores it; the protocol's "end" exceeds the range and is capped.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A stored revision or position; none is ever negative.
pub(crate) fn loaded(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test can cut the power, so this checks the setting: in WAL mode anything below `FULL` (2) acknowledges
    /// writes that a power cut loses.
    #[test]
    fn a_commit_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.db");
        std::fs::write(&file, []).unwrap();
        for _ in ["new", "existing"] {
            let connection = open_writer(&file, None).unwrap();
            assert_eq!(pragma(&connection, "synchronous").unwrap(), 2);
            assert_eq!(pragma(&connection, "wal_autocheckpoint").unwrap(), 0);
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(mode, "wal");
        }
    }
}
