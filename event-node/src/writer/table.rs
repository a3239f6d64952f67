//! The writer's SQL statements. Each runs inside the transaction of its group.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::head::Head;
use super::recent_ids::{REMEMBERED, RecentIds};
use crate::clock::Ticks;
use crate::database::{loaded, stored};
use crate::record::{Recorded, StreamName};
use crate::retention::Retention;

/// Rows beyond `$maxCount` that one append erases: enough to catch up over time, too few to stall it.
const ERASED_AT_ONCE: u32 = 256;

/// When the last event was created; the epoch if there is none.
pub(crate) fn last_created(connection: &Connection) -> rusqlite::Result<Ticks> {
    connection
        .query_row("SELECT created FROM events ORDER BY position DESC LIMIT 1", [], |row| row.get(0))
        .optional()
        .map(|created| Ticks(created.unwrap_or(0)))
}

pub(crate) fn head(connection: &Connection, stream: &StreamName) -> rusqlite::Result<Head> {
    connection
        .prepare_cached(
            "SELECT id, max_count, max_age_seconds, truncate_before, tombstoned,
                    (SELECT max(revision) FROM events WHERE stream = streams.id)
             FROM streams WHERE name = ?1",
        )?
        .query_row([stream.as_str()], read_head)
        .optional()
        .map(Option::unwrap_or_default)
        .map(|head| with_own_retention(head, stream))
}

fn read_head(row: &Row<'_>) -> rusqlite::Result<Head> {
    let number = |column| row.get::<_, Option<i64>>(column).map(|number| number.map(loaded));
    Ok(Head {
        row: Some(row.get(0)?),
        retention: Retention {
            max_count: number(1)?,
            max_age_seconds: number(2)?,
            truncate_before: number(3)?,
        },
        tombstoned: row.get(4)?,
        last: number(5)?,
    })
}

fn with_own_retention(head: Head, stream: &StreamName) -> Head {
    if stream.described().is_some() { Head { retention: Retention::LATEST_ONLY, ..head } } else { head }
}

pub(crate) fn add_stream(connection: &Connection, stream: &StreamName) -> rusqlite::Result<i64> {
    connection.prepare_cached("INSERT INTO streams (name) VALUES (?1)")?.insert([stream.as_str()])
}

pub(crate) fn set_retention(connection: &Connection, row: i64, to: Retention) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE streams SET max_count = ?2, max_age_seconds = ?3, truncate_before = ?4 WHERE id = ?1",
        )?
        .execute(params![
            row,
            to.max_count.map(stored),
            to.max_age_seconds.map(stored),
            to.truncate_before.map(stored)
        ])?;
    Ok(())
}

pub(crate) fn set_tombstoned(connection: &Connection, row: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE streams SET tombstoned = 1 WHERE id = ?1")?.execute([row])?;
    Ok(())
}

pub(crate) fn add_event(connection: &Connection, row: i64, event: &Recorded) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO events (position, stream, revision, id, type, content_type, created, data, metadata,
                 checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            stored(event.position),
            row,
            stored(event.revision),
            event.id.as_bytes(),
            event.event_type,
            event.content_type,
            event.created.0,
            &event.data[..],
            &event.metadata[..],
            event.checksum(),
        ])?;
    Ok(())
}

/// Erases the oldest rows below `first_kept`.
pub(crate) fn erase_below(connection: &Connection, row: i64, first_kept: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM events WHERE position IN (
                SELECT position FROM events WHERE stream = ?1 AND revision < ?2 ORDER BY revision LIMIT ?3)",
        )?
        .execute(params![row, stored(first_kept), ERASED_AT_ONCE])?;
    Ok(())
}

/// The id at one revision, if it is still there.
pub(crate) fn id_at(connection: &Connection, row: i64, revision: u64) -> rusqlite::Result<Option<Uuid>> {
    connection
        .prepare_cached("SELECT id FROM events WHERE stream = ?1 AND revision = ?2")?
        .query_row(params![row, stored(revision)], |row| event_id(row, 0))
        .optional()
}

/// The position at one revision, if it is still there.
pub(crate) fn position_at(connection: &Connection, row: i64, revision: u64) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT position FROM events WHERE stream = ?1 AND revision = ?2")?
        .query_row(params![row, stored(revision)], |row| row.get(0).map(loaded))
        .optional()
}

/// The content type and payload of the last event in the stream at `row`.
pub(crate) fn last_content(connection: &Connection, row: i64) -> rusqlite::Result<Option<(String, Vec<u8>)>> {
    connection
        .prepare_cached(
            "SELECT content_type, data FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

pub(crate) fn recent_ids(connection: &Connection) -> rusqlite::Result<RecentIds> {
    let mut statement = connection.prepare(
        "SELECT stream, id, revision FROM
            (SELECT position, stream, id, revision FROM events ORDER BY position DESC LIMIT ?1)
         ORDER BY position",
    )?;
    let mut rows = statement.query([stored(REMEMBERED as u64)])?;
    let mut recent = RecentIds::default();
    while let Some(row) = rows.next()? {
        recent.remember(row.get(0)?, event_id(row, 1)?, loaded(row.get(2)?));
    }
    Ok(recent)
}

fn event_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}
