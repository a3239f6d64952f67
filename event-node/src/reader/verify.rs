//! Reads everything in a data file, and finds the first thing in it that is not as it was written.

use rusqlite::{Connection, OptionalExtension as _};

use super::ReadError;
use super::row::{self, COLUMNS};
use crate::database::{loaded, stored};
use crate::record::StreamName;
use crate::retention::END_OF_STREAM;

/// How many events there are, and the position of the last; 0 if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) events: u64,
    pub(crate) last_position: u64,
}

/// Reads every event, and calls `read` with the position of each. Fails with what was found first, and where.
pub(crate) fn verify(connection: &Connection, read: &mut dyn FnMut(u64)) -> Result<Extent, String> {
    let mut extent = Extent::default();
    every_event(connection, &mut extent, read).map_err(|error| match error {
        ReadError::Damaged { position } => finding(position),
        ReadError::Storage(error) => {
            format!("after position {} nothing can be read: {error}", extent.last_position)
        }
        other => other.to_string(),
    })?;
    let unreadable = |error: rusqlite::Error| error.to_string();
    let finding: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(unreadable)?;
    if finding != "ok" {
        return Err(one_line(&finding));
    }
    match gap(connection).map_err(unreadable)? {
        Some(gap) => Err(gap),
        None => Ok(extent),
    }
}

/// A finding of `SQLite`, without the heading that it puts over its list.
fn one_line(finding: &str) -> String {
    let lines = finding.lines().filter(|line| !line.starts_with("***"));
    lines.collect::<Vec<_>>().join("; ")
}

fn finding(position: u64) -> String {
    format!("the event at position {position} is not as it was written")
}

fn every_event(
    connection: &Connection,
    extent: &mut Extent,
    read: &mut dyn FnMut(u64),
) -> Result<(), ReadError> {
    let mut statement = connection.prepare(&format!(
        "SELECT {COLUMNS}, s.name FROM events e LEFT JOIN streams s ON s.id = e.stream ORDER BY e.position"
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: Option<String> = row.get(row::EXTRA)?;
        let damaged = || row::position(row).map(|position| ReadError::Damaged { position });
        let Some(name) = name else { return Err(damaged()?) };
        let event = row::recorded(row, StreamName::stored(&name))?;
        *extent = Extent { events: extent.events + 1, last_position: event.position };
        read(event.position);
    }
    Ok(())
}

/// The first event that is missing inside a stream: `$maxCount` erases only at its beginning.
fn gap(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let incomplete = connection
        .query_row(
            "SELECT stream FROM events WHERE revision < ?1 GROUP BY stream
             HAVING max(revision) - min(revision) + 1 <> count(*) LIMIT 1",
            [stored(END_OF_STREAM)],
            |row| row.get::<_, i64>(0),
        )
        .optional()?;
    let Some(stream) = incomplete else { return Ok(None) };
    connection
        .query_row(
            "SELECT s.name, e.revision, e.position FROM events e JOIN streams s ON s.id = e.stream
             WHERE e.stream = ?1 AND NOT EXISTS
                (SELECT 1 FROM events n WHERE n.stream = e.stream AND n.revision = e.revision + 1)
             ORDER BY e.revision LIMIT 1",
            [stream],
            |row| {
                let (name, last): (String, i64) = (row.get(0)?, row.get(1)?);
                let position = loaded(row.get(2)?);
                Ok(format!("{name} has no event {} after the one at position {position}", last + 1))
            },
        )
        .map(Some)
}
