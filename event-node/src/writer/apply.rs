//! Applies one request to the log, inside the transaction of its group.
//!
//! A request that is refused writes nothing: every check comes before the first row.

use rusqlite::Connection;
use uuid::Uuid;

use super::decision::{Decision, decide};
use super::head::{Head, HeadCache};
use super::recent_ids::RecentIds;
use super::{Operation, WriteError, Written, table};
use crate::clock::Ticks;
use crate::database;
use crate::record::{
    Expected, FIRST_POSITION, JSON, METADATA_TYPE, Proposed, Recorded, StreamName, TOMBSTONE_TYPE,
};
use crate::retention::{END_OF_STREAM, Retention, truncated_before};

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
        let last = database::record_around(connection, u64::MAX)?;
        Ok(Self {
            heads: HeadCache::new(remembered_heads),
            recent: table::recent_ids(connection)?,
            last_position: last.as_ref().map(|last| last.start),
            next_position: last.map_or(FIRST_POSITION, |last| last.end),
            last_created: table::last_created(connection)?,
            written: Vec::new(),
        })
    }

    /// Replaces the state after a rollback by what is stored.
    pub(crate) fn reload(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.written.clear();
        self.heads.clear();
        self.recent = table::recent_ids(connection)?;
        let last = database::record_around(connection, u64::MAX)?;
        self.last_position = last.as_ref().map(|last| last.start);
        self.next_position = last.map_or(FIRST_POSITION, |last| last.end);
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
        if head.tombstoned || self.describes_tombstoned(connection, stream)? {
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
        head: Head,
        expected: Expected,
        events: &[Proposed],
    ) -> rusqlite::Result<Outcome> {
        let ids = events.iter().map(|event| event.id);
        match decide(connection, &self.recent, &head, expected, ids)? {
            Decision::Write => {}
            Decision::Written { last } => return written_before(connection, &head, last).map(Ok),
            Decision::Refuse(error) => return Ok(Err(error)),
        }
        // Who writes to a deleted stream, or to its metadata, brings it back; what was in it stays hidden.
        let mut returning = Vec::new();
        if head.retention.soft_deleted() {
            returning.push((stream.clone(), head.next_revision()));
        }
        if let Some(described) = stream.described() {
            let head = self.head(connection, &described)?;
            if head.retention.soft_deleted() {
                returning.push((described, head.next_revision()));
            }
        }
        for (stream, _) in &returning {
            if self.is_tombstoned(connection, &stream.metastream())? {
                return Ok(Err(WriteError::StreamDeleted));
            }
        }
        let written = match events {
            [] => Written { revision: head.last, position: None },
            events => self.write(connection, stream, head, events)?,
        };
        for (stream, first_revision) in returning {
            self.truncate(connection, &stream, first_revision)?;
        }
        // An append of nothing is told the end of the log.
        Ok(Ok(Written { position: written.position.or(self.last_position), ..written }))
    }

    /// A soft delete hides every event: the stream's metadata become a `$tb` of the highest revision, and nothing else.
    fn delete(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        head: &Head,
        expected: Expected,
    ) -> rusqlite::Result<Outcome> {
        if let Some(refusal) = self.refuses_to_end(connection, stream, head, expected)? {
            return Ok(Err(refusal));
        }
        if head.last.is_none() {
            return Ok(Err(WriteError::WrongRevision { expected, current: None }));
        }
        if self.is_tombstoned(connection, &stream.metastream())? {
            return Ok(Err(WriteError::StreamDeleted));
        }
        self.describe(connection, stream, truncated_before(b"", END_OF_STREAM)).map(Ok)
    }

    fn tombstone(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        mut head: Head,
        expected: Expected,
    ) -> rusqlite::Result<Outcome> {
        if let Some(refusal) = self.refuses_to_end(connection, stream, &head, expected)? {
            return Ok(Err(refusal));
        }
        let row = stream_row(connection, stream, &mut head)?;
        let event = self.own_event(stream, TOMBSTONE_TYPE, Vec::new());
        let position = self.add(connection, stream, row, END_OF_STREAM, &event)?;
        table::set_tombstoned(connection, row)?;
        self.heads.put(stream.clone(), Head { tombstoned: true, last: Some(END_OF_STREAM), ..head });
        if let Some(described) = stream.described() {
            // A stream whose metadata are gone has no limits.
            self.limit(connection, &described, Retention::default())?;
        }
        Ok(Ok(Written { revision: Some(END_OF_STREAM), position: Some(position) }))
    }

    /// To end a stream is as to append an event that is new.
    fn refuses_to_end(
        &self,
        connection: &Connection,
        stream: &StreamName,
        head: &Head,
        expected: Expected,
    ) -> rusqlite::Result<Option<WriteError>> {
        let event = self.own_event(stream, TOMBSTONE_TYPE, Vec::new());
        let decided = decide(connection, &self.recent, head, expected, std::iter::once(event.id))?;
        Ok(match decided {
            Decision::Write => None,
            Decision::Refuse(refusal) => Some(refusal),
            Decision::Written { .. } => Some(WriteError::WrongRevision { expected, current: head.last }),
        })
    }

    /// Hides what is before a revision: writes the metadata anew with this `$tb`, and with their other keys.
    fn truncate(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        before: u64,
    ) -> rusqlite::Result<()> {
        let current = match self.head(connection, &stream.metastream())?.row {
            Some(row) => table::last_content(connection, row)?,
            None => None,
        };
        let json = current.filter(|(content_type, _)| content_type == JSON).map(|(_, json)| json);
        self.describe(connection, stream, truncated_before(&json.unwrap_or_default(), before)).map(drop)
    }

    /// Writes metadata of the stream.
    fn describe(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
        json: Vec<u8>,
    ) -> rusqlite::Result<Written> {
        let metastream = stream.metastream();
        let head = self.head(connection, &metastream)?;
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
        if let Some(described) = stream.described()
            && let Some(metadata) = events.last()
        {
            let retention = Retention::of_metadata(&metadata.content_type, &metadata.data);
            self.limit(connection, &described, retention)?;
        }
        Ok(Written { revision: head.last, position })
    }

    /// Sets the limits of a stream. Those of a metadata stream are always the same.
    fn limit(
        &mut self,
        connection: &Connection,
        described: &StreamName,
        retention: Retention,
    ) -> rusqlite::Result<()> {
        let mut head = self.head(connection, described)?;
        let row = stream_row(connection, described, &mut head)?;
        if described.described().is_none() {
            head.retention = retention;
            table::set_retention(connection, row, retention)?;
        }
        self.heads.put(described.clone(), head);
        Ok(())
    }

    fn is_tombstoned(&mut self, connection: &Connection, stream: &StreamName) -> rusqlite::Result<bool> {
        Ok(self.head(connection, stream)?.tombstoned || self.describes_tombstoned(connection, stream)?)
    }

    /// Whether a stream whose metadata it holds was deleted for good, and this one with it.
    fn describes_tombstoned(
        &mut self,
        connection: &Connection,
        stream: &StreamName,
    ) -> rusqlite::Result<bool> {
        for described in stream.all_described() {
            if self.head(connection, &described)?.tombstoned {
                return Ok(true);
            }
        }
        Ok(false)
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

/// The reply to a retry. Of an event that cannot be read any more there is no position.
fn written_before(connection: &Connection, head: &Head, last: u64) -> rusqlite::Result<Written> {
    let first_visible = head.last.map_or(0, |end| head.retention.first_visible(end));
    let position = match head.row {
        Some(row) if last >= first_visible => table::position_at(connection, row, last)?,
        _ => None,
    };
    Ok(Written { revision: Some(last), position })
}
