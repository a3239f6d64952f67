//! Applies one request to the log, inside the transaction of its group.
//!
//! A request that is refused writes nothing: every check comes before the first row.

use rusqlite::Connection;
use uuid::Uuid;

use super::head::{Head, HeadCache};
use super::recent_ids::{RecentIds, Seen};
use super::{Operation, WriteError, Written, table};
use crate::clock::Ticks;
use crate::database;
use crate::record::{
    Expected, JSON, METADATA_TYPE, Proposed, Recorded, StreamName, TOMBSTONE_TYPE, position_after,
};
use crate::retention::{END_OF_STREAM, Retention, with_truncate_before};

type Outcome = Result<Written, WriteError>;

/// The end of the log, with caches of stream heads and recent event ids. Must be reloaded after a rollback.
#[derive(Debug)]
pub(crate) struct Log {
    heads: HeadCache,
    recent: RecentIds,
    last_position: Option<u64>,
    next_position: u64,
    /// When the last event was created. Events are never created before the one before them, whatever the clock shows.
    last_created: Ticks,
    /// Written since the last [`Self::take_written`].
    written: Vec<Recorded>,
}

impl Log {
    pub(crate) fn load(connection: &Connection, remembered_heads: usize) -> rusqlite::Result<Self> {
        let last_position = database::last_position(connection)?;
        Ok(Self {
            heads: HeadCache::new(remembered_heads),
            recent: table::recent_ids(connection)?,
            last_position,
            next_position: position_after(last_position),
            last_created: table::last_created(connection)?,
            written: Vec::new(),
        })
    }

    /// Replaces the state after a rollback by what is stored.
    pub(crate) fn reload(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.written.clear();
        self.heads.clear();
        self.recent = table::recent_ids(connection)?;
        self.last_position = database::last_position(connection)?;
        self.next_position = position_after(self.last_position);
        self.last_created = table::last_created(connection)?;
        Ok(())
    }

    pub(crate) fn last_position(&self) -> Option<u64> {
        self.last_position
    }

    /// The events written since the last call, in log order.
    pub(crate) fn take_written(&mut self) -> Vec<Recorded> {
        std::mem::take(&mut self.written)
    }

    /// The outer result is the database's, the inner one is the reply to the caller.
    pub(crate) fn apply(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        operation: &Operation,
    ) -> rusqlite::Result<Outcome> {
        let head = self.head(connection, stream)?;
        if head.tombstoned {
            return Ok(Err(WriteError::StreamDeleted));
        }
        match operation {
            Operation::Append { expected, events } => {
                self.append(connection, stream, head, *expected, events)
            }
            Operation::Delete { expected } => self.delete(connection, stream, &head, *expected),
            Operation::Tombstone { expected } => self.tombstone(connection, stream, head, *expected),
        }
    }

    fn append(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        mut head: Head,
        expected: Expected,
        events: &[Proposed],
    ) -> rusqlite::Result<Outcome> {
        if !head.meets(expected) {
            return retried(connection, &head, expected, events);
        }
        if matches!(expected, Expected::Any | Expected::StreamExists)
            && let Some(row) = head.row
        {
            match self.recent.seen(row, events.iter().map(|event| event.id)) {
                Seen::No => {}
                Seen::Yes { last } => {
                    let position = table::event_at(connection, row, last)?.map(|(_, position)| position);
                    return Ok(Ok(Written { revision: Some(last), position }));
                }
                Seen::Partly => return Ok(Err(WriteError::IdsDiffer)),
            }
        }
        if events.is_empty() {
            return Ok(Ok(Written { revision: head.last, position: None }));
        }
        if head.retention.soft_deleted() {
            self.truncate(connection, stream, head.next_revision())?;
            head = self.head(connection, stream)?;
        }
        self.write(connection, stream, head, events).map(Ok)
    }

    /// A soft delete hides every event by setting `$tb` to the highest revision.
    fn delete(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        head: &Head,
        expected: Expected,
    ) -> rusqlite::Result<Outcome> {
        if !head.meets(expected) {
            return Ok(Err(WriteError::WrongRevision { expected, current: head.last }));
        }
        self.truncate(connection, stream, END_OF_STREAM).map(Ok)
    }

    fn tombstone(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        mut head: Head,
        expected: Expected,
    ) -> rusqlite::Result<Outcome> {
        if !head.meets(expected) {
            return Ok(Err(WriteError::WrongRevision { expected, current: head.last }));
        }
        let row = stream_row(connection, stream, &mut head)?;
        let event = self.own_event(stream, TOMBSTONE_TYPE, Vec::new());
        let position = self.add(connection, stream, row, END_OF_STREAM, &event)?;
        table::set_tombstoned(connection, row)?;
        self.heads.put(stream.clone(), Head { tombstoned: true, last: Some(END_OF_STREAM), ..head });
        Ok(Ok(Written { revision: Some(END_OF_STREAM), position: Some(position) }))
    }

    /// Writes `$tb` to the metadata stream and keeps the other keys of the metadata.
    fn truncate(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        before: u64,
    ) -> rusqlite::Result<Written> {
        let metastream = stream.metastream();
        let head = self.head(connection, &metastream)?;
        let current = match head.row {
            Some(row) => table::latest_metadata(connection, row)?,
            None => None,
        };
        let json = with_truncate_before(&current.unwrap_or_default(), before);
        let event = self.own_event(&metastream, METADATA_TYPE, json);
        self.write(connection, &metastream, head, &[event])
    }

    fn write(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        mut head: Head,
        events: &[Proposed],
    ) -> rusqlite::Result<Written> {
        let row = stream_row(connection, stream, &mut head)?;
        let mut position = None;
        for event in events {
            let revision = head.next_revision();
            position = Some(self.add(connection, stream, row, revision, event)?);
            self.recent.remember(row, event.id, revision);
            head.last = Some(revision);
        }
        if let Some(last) = head.last
            && head.retention.first_kept(last) > 0
        {
            table::erase_below(connection, row, head.retention.first_kept(last))?;
        }
        self.heads.put(stream.clone(), head);
        self.apply_metadata(connection, stream, events)?;
        Ok(Written { revision: head.last, position })
    }

    /// Copies the retention in a metadata event to the row of the stream that it describes.
    fn apply_metadata(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        events: &[Proposed],
    ) -> rusqlite::Result<()> {
        let Some(described) = stream.described() else { return Ok(()) };
        let Some(event) = events.iter().rev().find(|event| event.event_type == METADATA_TYPE) else {
            return Ok(());
        };
        let mut head = self.head(connection, &described)?;
        let row = stream_row(connection, &described, &mut head)?;
        if described.described().is_none() {
            head.retention = Retention::parse(&event.data);
            table::set_retention(connection, row, head.retention)?;
        }
        self.heads.put(described, head);
        Ok(())
    }

    fn add(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        row: i64,
        revision: u64,
        event: &Proposed,
    ) -> rusqlite::Result<u64> {
        let position = self.next_position;
        self.last_created = self.last_created.max(Ticks::now());
        let recorded = event.recorded(stream.clone(), revision, position, self.last_created);
        table::add_event(connection, row, &recorded)?;
        self.written.push(recorded);
        self.next_position += event.record_bytes(stream);
        self.last_position = Some(position);
        Ok(position)
    }

    fn head(&mut self, connection: &Connection, stream: &StreamName) -> rusqlite::Result<Head> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(head);
        }
        let head = table::head(connection, stream)?;
        self.heads.put(stream.clone(), head);
        Ok(head)
    }

    /// An event that the node itself writes. Its id is derived from its position, which no other event has.
    fn own_event(&self, stream: &StreamName, event_type: &str, data: Vec<u8>) -> Proposed {
        let place = format!("{stream}@{}", self.next_position);
        Proposed {
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes()),
            event_type: event_type.to_owned(),
            content_type: JSON.to_owned(),
            data: data.into(),
            metadata: bytes::Bytes::new(),
        }
    }
}

fn stream_row(connection: &Connection, stream: &StreamName, head: &mut Head) -> rusqlite::Result<i64> {
    if let Some(row) = head.row {
        return Ok(row);
    }
    let row = table::add_stream(connection, stream)?;
    head.row = Some(row);
    Ok(row)
}

/// The outcome of an append whose expected revision has passed: success if it is a retry of the append that
/// is stored there, else a conflict.
fn retried(
    connection: &Connection,
    head: &Head,
    expected: Expected,
    events: &[Proposed],
) -> rusqlite::Result<Outcome> {
    let wrong = Ok(Err(WriteError::WrongRevision { expected, current: head.last }));
    let (Some(row), Some(starts_at)) = (head.row, head.retry_starts_at(expected)) else { return wrong };
    let mut written = None;
    for (event, revision) in events.iter().zip(starts_at..) {
        match table::event_at(connection, row, revision)? {
            Some((id, position)) if id == event.id => {
                written = Some(Written { revision: Some(revision), position: Some(position) });
            }
            _ if written.is_none() => return wrong,
            _ => return Ok(Err(WriteError::IdsDiffer)),
        }
    }
    written.map_or(wrong, |written| Ok(Ok(written)))
}
