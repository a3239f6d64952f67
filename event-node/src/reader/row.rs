//! Decodes a row of `events` into an event.

use bytes::Bytes;
use rusqlite::Row;
use uuid::Uuid;

use super::ReadError;
use crate::clock::Ticks;
use crate::database::loaded;
use crate::record::{Recorded, StreamName};

/// The columns that [`recorded`] reads, first in every query, and in this order.
pub(super) const COLUMNS: &str =
    "e.position, e.revision, e.type, e.id, e.content_type, e.created, e.data, e.metadata, e.checksum";
pub(super) const EVENT_TYPE: usize = 2;
pub(super) const CREATED: usize = 5;
const CHECKSUM: usize = 8;
/// The first column after those.
pub(super) const EXTRA: usize = 9;

/// Fails if the event is not as it was written.
pub(super) fn recorded(row: &Row<'_>, stream: StreamName) -> Result<Recorded, ReadError> {
    let event = Recorded {
        stream,
        position: position(row)?,
        revision: loaded(row.get(1)?),
        event_type: row.get(EVENT_TYPE)?,
        id: Uuid::from_bytes(row.get(3)?),
        content_type: row.get(4)?,
        created: Ticks(row.get(CREATED)?),
        data: Bytes::from(row.get::<_, Vec<u8>>(6)?),
        metadata: Bytes::from(row.get::<_, Vec<u8>>(7)?),
    };
    if event.checksum() == row.get::<_, i64>(CHECKSUM)? {
        Ok(event)
    } else {
        Err(ReadError::Damaged { position: event.position })
    }
}

pub(super) fn position(row: &Row<'_>) -> rusqlite::Result<u64> {
    row.get(0).map(loaded)
}
