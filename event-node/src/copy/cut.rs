//! Cuts a data file after a position, as if nothing had been appended since.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::database::stored;
use crate::record::StreamName;
use crate::retention::{END_OF_STREAM, Retention};

/// Removes every event after `position`, and what the streams' rows know from those events.
///
/// What a limit such as `$maxCount` erased before the cut does not come back. Metadata that were replaced after the cut are
/// among that: such a stream has no limits any more.
pub(super) fn cut(connection: &mut Connection, position: u64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let changed: Vec<(i64, String)> = transaction
        .prepare("SELECT id, name FROM streams WHERE id IN (SELECT stream FROM events WHERE position > ?1)")?
        .query_map([stored(position)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    transaction.execute("DELETE FROM events WHERE position > ?1", [stored(position)])?;
    for (row, name) in changed {
        transaction.execute(
            "UPDATE streams SET tombstoned = EXISTS
                (SELECT 1 FROM events WHERE stream = ?1 AND revision = ?2) WHERE id = ?1",
            params![row, stored(END_OF_STREAM)],
        )?;
        if let Some(described) = StreamName::stored(&name).described()
            && described.described().is_none()
        {
            set_retention(&transaction, &described, retention_by(&transaction, row)?)?;
        }
    }
    // A stream that is there has an event, or metadata.
    transaction.execute(
        "DELETE FROM streams WHERE NOT EXISTS (SELECT 1 FROM events WHERE stream = streams.id)
            AND NOT EXISTS (SELECT 1 FROM streams m JOIN events e ON e.stream = m.id
                            WHERE m.name = '$$' || streams.name)",
        [],
    )?;
    transaction.commit()?;
    // What was removed must not be found in the file either.
    connection.execute_batch("VACUUM")
}

/// What the last event of a metadata stream says.
fn retention_by(connection: &Connection, metastream: i64) -> rusqlite::Result<Retention> {
    let last = connection
        .query_row(
            "SELECT content_type, data FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1",
            [metastream],
            |row| Ok(Retention::of_metadata(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_blob()?)),
        )
        .optional()?;
    Ok(last.unwrap_or_default())
}

fn set_retention(connection: &Connection, stream: &StreamName, to: Retention) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE streams SET max_count = ?2, max_age_seconds = ?3, truncate_before = ?4 WHERE name = ?1",
        params![
            stream.as_str(),
            to.max_count.map(stored),
            to.max_age_seconds.map(stored),
            to.truncate_before.map(stored)
        ],
    )?;
    Ok(())
}
