//! What of a stream can be read.

use rusqlite::{Connection, OptionalExtension as _};

use super::ReadError;
use crate::database::loaded;
use crate::record::StreamName;
use crate::retention::Retention;

/// A stream of which something can be read.
pub(super) struct Visible {
    pub(super) row: i64,
    pub(super) last: u64,
    pub(super) retention: Retention,
}

/// None if nothing is visible: no event was ever written, or the stream was soft-deleted.
pub(super) fn visible(connection: &Connection, stream: &StreamName) -> Result<Option<Visible>, ReadError> {
    let found = connection
        .prepare_cached(
            "SELECT id, (SELECT max(revision) FROM events WHERE stream = streams.id),
                    max_count, max_age_seconds, truncate_before, tombstoned
             FROM streams WHERE name = ?1",
        )?
        .query_row([stream.as_str()], |row| {
            let number = |column| row.get::<_, Option<i64>>(column).map(|number| number.map(loaded));
            let retention =
                Retention { max_count: number(2)?, max_age_seconds: number(3)?, truncate_before: number(4)? };
            Ok((row.get::<_, i64>(0)?, number(1)?, retention, row.get::<_, bool>(5)?))
        })
        .optional()?;
    if found.as_ref().is_some_and(|(.., tombstoned)| *tombstoned) {
        return Err(ReadError::StreamDeleted);
    }
    for described in stream.all_described() {
        if is_tombstoned(connection, &described)? {
            return Err(ReadError::StreamDeleted);
        }
    }
    let Some((row, last, retention, _)) = found else { return Ok(None) };
    let retention = if stream.described().is_some() { Retention::LATEST_ONLY } else { retention };
    Ok(last.filter(|_| !retention.soft_deleted()).map(|last| Visible { row, last, retention }))
}

fn is_tombstoned(connection: &Connection, stream: &StreamName) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT tombstoned FROM streams WHERE name = ?1")?
        .query_row([stream.as_str()], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}
