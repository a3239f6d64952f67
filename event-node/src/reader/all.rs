//! Pages of `$all`: every stored event, in log order, regardless of stream metadata.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::link::Entry;
use super::row::{self, COLUMNS};
use super::{PageSize, ReadError, Readers};
use crate::database::{self, stored};
use crate::filter::Filter;
use crate::live::Live;
use crate::record::{Direction, FIRST_POSITION, StreamName};

/// Rows scanned for a page. A filter that admits little must not turn a page into a full scan.
const PAGE_ROWS: usize = 4_096;

/// Where the next page begins: at `next`, inclusive; without one there is no next page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AllCursor {
    pub(crate) direction: Direction,
    pub(crate) next: Option<u64>,
    /// Events wanted, in this page and later ones.
    pub(crate) wanted: u64,
    /// The position by which the reader said where to begin: it is checked with the first page.
    pub(crate) named: Option<u64>,
    pub(crate) resolve_links: bool,
}

#[derive(Debug, Default)]
pub(crate) struct AllPage {
    /// The scanned rows: their position, and the event if the filter admits it.
    pub(crate) seen: Vec<(u64, Option<Entry>)>,
    /// Nothing was stored beyond this page when it was read.
    pub(crate) is_last: bool,
}

impl Readers {
    pub(crate) async fn all_page(
        self: &Arc<Self>,
        cursor: AllCursor,
        filter: Arc<Filter>,
    ) -> Result<AllPage, ReadError> {
        if cursor.direction == Direction::Forwards
            && cursor.named.is_none()
            && !cursor.resolve_links
            && let Some(next) = cursor.next
            && let Some(page) = live_page(&self.live, next, cursor.wanted, &filter)
        {
            return Ok(page);
        }
        self.query(move |connection| page(connection, cursor, &filter)).await
    }
}

/// The page from memory, if all of it is there.
///
/// It may hold events that `$maxCount` has erased since: a slightly faster reader has seen them too.
fn live_page(live: &Live, next: u64, wanted: u64, filter: &Filter) -> Option<AllPage> {
    let mut page = AllPage::default();
    let mut size = PageSize::of(wanted);
    page.is_last = live.read(next, |event| {
        let admitted = filter.admits(event.stream.as_str(), &event.event_type);
        if admitted {
            size.add(event.payload_bytes());
        }
        page.seen.push((event.position, admitted.then(|| Entry::of(event.clone()))));
        !(admitted && size.is_full())
    })?;
    Some(page)
}

fn page(connection: &Connection, cursor: AllCursor, filter: &Filter) -> Result<AllPage, ReadError> {
    if let Some(position) = cursor.named {
        check(connection, position)?;
    }
    let mut page = AllPage::default();
    let Some(next) = cursor.next else {
        page.is_last = true;
        return Ok(page);
    };
    let (comparison, order) = match cursor.direction {
        Direction::Forwards => (">=", "ASC"),
        Direction::Backwards => ("<=", "DESC"),
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, s.name FROM events e CROSS JOIN streams s ON s.id = e.stream
         WHERE e.position {comparison} ?1 ORDER BY e.position {order} LIMIT ?2"
    ))?;
    let mut rows = statement.query(params![stored(next), stored(PAGE_ROWS as u64)])?;
    let mut size = PageSize::of(cursor.wanted);
    while let Some(row) = rows.next()? {
        let name = row.get_ref(row::EXTRA)?.as_str().map_err(rusqlite::Error::from)?;
        let event_type = row.get_ref(row::EVENT_TYPE)?.as_str().map_err(rusqlite::Error::from)?;
        if !filter.admits(name, event_type) {
            page.seen.push((row::position(row)?, None));
            continue;
        }
        let record = row::recorded(row, StreamName::stored(name))?;
        let position = record.position;
        let entry =
            if cursor.resolve_links { Entry::resolved(connection, record)? } else { Entry::of(record) };
        size.add(entry.payload_bytes());
        page.seen.push((position, Some(entry)));
        if size.is_full() {
            return Ok(page);
        }
    }
    page.is_last = page.seen.len() < PAGE_ROWS;
    Ok(page)
}

/// Refuses a position at which no record begins or began: one inside of a record, as one of another store would usually be.
///
/// A record may have been erased by `$maxCount` since its position was noted down. Beyond the end there is nothing yet.
fn check(connection: &Connection, position: u64) -> Result<(), ReadError> {
    let is_inside = match database::record_around(connection, position)? {
        Some(record) => position != record.start && position < record.end,
        None => (1..FIRST_POSITION).contains(&position),
    };
    if is_inside { Err(ReadError::NoSuchPosition { position }) } else { Ok(()) }
}
