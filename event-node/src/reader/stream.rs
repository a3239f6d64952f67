//! Pages of one stream, without the events that its metadata hides.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::row::{self, COLUMNS};
use super::{PageSize, ReadError, Readers};
use crate::clock::Ticks;
use crate::database::{loaded, stored};
use crate::record::{Direction, ReadFrom, Recorded, StreamName};
use crate::retention::Retention;

/// Where the next page begins; a point is inclusive.
#[derive(Clone, Debug)]
pub(crate) struct StreamCursor {
    pub(crate) stream: StreamName,
    pub(crate) direction: Direction,
    pub(crate) from: ReadFrom,
    /// Events wanted, in this page and later ones.
    pub(crate) wanted: u64,
}

#[derive(Debug)]
pub(crate) enum StreamPage {
    /// The stream holds nothing, or was soft-deleted.
    NotFound,
    Found(FoundPage),
}

#[derive(Debug)]
pub(crate) struct FoundPage {
    pub(crate) events: Vec<Recorded>,
    /// The revision at which the next page begins; none if this is the last.
    pub(crate) next: Option<u64>,
    /// The lowest revision that can be seen.
    pub(crate) first_visible: u64,
    /// The highest revision there is.
    pub(crate) last: u64,
}

impl Readers {
    pub(crate) async fn stream_page(self: &Arc<Self>, cursor: StreamCursor) -> Result<StreamPage, ReadError> {
        self.query(move |connection| page(connection, &cursor)).await
    }
}

struct Extent {
    row: i64,
    last: u64,
    retention: Retention,
}

fn page(connection: &Connection, cursor: &StreamCursor) -> Result<StreamPage, ReadError> {
    let Some(extent) = extent(connection, &cursor.stream)? else { return Ok(StreamPage::NotFound) };
    let first_visible = extent.retention.first_visible(extent.last);
    let mut found = FoundPage { events: Vec::new(), next: None, first_visible, last: extent.last };
    let (low, high) = match (cursor.direction, cursor.from) {
        (Direction::Forwards, ReadFrom::Start) | (Direction::Backwards, ReadFrom::End) => {
            (first_visible, extent.last)
        }
        (Direction::Forwards, ReadFrom::Point(revision)) => (revision.max(first_visible), extent.last),
        (Direction::Backwards, ReadFrom::Point(revision)) => (first_visible, revision.min(extent.last)),
        (Direction::Backwards, ReadFrom::Start) => (first_visible, 0),
        (Direction::Forwards, ReadFrom::End) => return Ok(StreamPage::Found(found)),
    };
    if low > high {
        return Ok(StreamPage::Found(found));
    }
    let order = match cursor.direction {
        Direction::Forwards => "ASC",
        Direction::Backwards => "DESC",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events e
         WHERE e.stream = ?1 AND e.revision BETWEEN ?2 AND ?3 ORDER BY e.revision {order}"
    ))?;
    let mut rows = statement.query(params![extent.row, stored(low), stored(high)])?;
    let (mut size, now) = (PageSize::of(cursor.wanted), Ticks::now());
    while let Some(row) = rows.next()? {
        if extent.retention.expired(Ticks(row.get(row::CREATED)?), now) {
            continue;
        }
        let event = row::recorded(row, cursor.stream.clone())?;
        let revision = event.revision;
        size.add(event.payload_bytes());
        found.events.push(event);
        if size.is_full() {
            found.next = match cursor.direction {
                Direction::Forwards if revision < high => Some(revision + 1),
                Direction::Backwards if revision > low => Some(revision - 1),
                _ => None,
            };
            break;
        }
    }
    Ok(StreamPage::Found(found))
}

/// None if nothing is visible: no event was ever written, or the stream was soft-deleted.
fn extent(connection: &Connection, stream: &StreamName) -> Result<Option<Extent>, ReadError> {
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
    let Some((row, last, retention, tombstoned)) = found else { return Ok(None) };
    if tombstoned {
        return Err(ReadError::StreamDeleted);
    }
    let retention = if stream.described().is_some() { Retention::LATEST_ONLY } else { retention };
    Ok(last.filter(|_| !retention.soft_deleted()).map(|last| Extent { row, last, retention }))
}
