//! Pages of one stream, without the events that its metadata hides.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::link::Entry;
use super::row::{self, COLUMNS};
use super::visible::visible;
use super::{PageSize, ReadError, Readers};
use crate::clock::Ticks;
use crate::database::stored;
use crate::record::{Direction, ReadFrom, StreamName};
use crate::retention::END_OF_STREAM;

/// Where the next page begins; a point is inclusive.
#[derive(Clone, Debug)]
pub(crate) struct StreamCursor {
    pub(crate) stream: StreamName,
    pub(crate) direction: Direction,
    pub(crate) from: ReadFrom,
    /// Events wanted, in this page and later ones.
    pub(crate) wanted: u64,
    pub(crate) resolve_links: bool,
}

#[derive(Debug)]
pub(crate) enum StreamPage {
    /// The stream holds nothing, or was soft-deleted.
    NotFound,
    Found(FoundPage),
}

#[derive(Debug)]
pub(crate) struct FoundPage {
    pub(crate) events: Vec<Entry>,
    /// The revision at which the next page begins; none if this is the last.
    pub(crate) next: Option<u64>,
    /// The highest revision there is.
    pub(crate) last: u64,
}

impl Readers {
    pub(crate) async fn stream_page(self: &Arc<Self>, cursor: StreamCursor) -> Result<StreamPage, ReadError> {
        self.query(move |connection| page(connection, &cursor)).await
    }

    /// A page of a stream that was deleted for good, for who followed it: what is left, and at last its tombstone. Empty beyond
    /// that.
    pub(crate) async fn page_of_tombstoned(
        self: &Arc<Self>,
        stream: StreamName,
        first: u64,
    ) -> Result<Vec<Entry>, ReadError> {
        self.query(move |connection| page_of_tombstoned(connection, &stream, first)).await
    }
}

fn page(connection: &Connection, cursor: &StreamCursor) -> Result<StreamPage, ReadError> {
    let Some(extent) = visible(connection, &cursor.stream)? else { return Ok(StreamPage::NotFound) };
    let first_visible = extent.retention.first_visible(extent.last);
    let mut found = FoundPage { events: Vec::new(), next: None, last: extent.last };
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
        let record = row::recorded(row, cursor.stream.clone())?;
        let revision = record.revision;
        let entry =
            if cursor.resolve_links { Entry::resolved(connection, record)? } else { Entry::of(record) };
        size.add(entry.payload_bytes());
        found.events.push(entry);
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

fn page_of_tombstoned(
    connection: &Connection,
    stream: &StreamName,
    first: u64,
) -> Result<Vec<Entry>, ReadError> {
    let mut events = Vec::new();
    if first > END_OF_STREAM {
        return Ok(events);
    }
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM streams s CROSS JOIN events e ON e.stream = s.id
         WHERE s.name = ?1 AND e.revision >= ?2 ORDER BY e.revision"
    ))?;
    let mut rows = statement.query(params![stream.as_str(), stored(first)])?;
    let mut size = PageSize::of(u64::MAX);
    while !size.is_full()
        && let Some(row) = rows.next()?
    {
        let record = row::recorded(row, stream.clone())?;
        size.add(record.payload_bytes());
        events.push(Entry::of(record));
    }
    Ok(events)
}
