//! Links: events that stand for an event of another stream.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::ReadError;
use super::row::{self, COLUMNS};
use super::visible::visible;
use crate::clock::Ticks;
use crate::database::stored;
use crate::record::{LINK_TYPE, Recorded, StreamName};

/// A record in the order of reading, and what it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) record: Recorded,
    pub(crate) target: Target,
}

#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// It is no link, or links are not resolved.
    Itself,
    Event(Box<Recorded>),
    /// A link to what cannot be read.
    Missing,
}

impl Entry {
    /// The record as it is stored.
    pub(crate) fn of(record: Recorded) -> Self {
        Self { record, target: Target::Itself }
    }

    pub(super) fn resolved(connection: &Connection, record: Recorded) -> Result<Self, ReadError> {
        if record.event_type != LINK_TYPE {
            return Ok(Self::of(record));
        }
        let target = match named(&record.data) {
            Some((revision, stream)) => target(connection, &stream, revision)?,
            None => None,
        };
        let target = target.map_or(Target::Missing, |event| Target::Event(Box::new(event)));
        Ok(Self { record, target })
    }

    pub(crate) fn payload_bytes(&self) -> usize {
        match &self.target {
            Target::Event(event) => self.record.payload_bytes() + event.payload_bytes(),
            Target::Itself | Target::Missing => self.record.payload_bytes(),
        }
    }
}

/// The event that a link's payload names: `revision@stream`.
fn named(data: &[u8]) -> Option<(u64, StreamName)> {
    let (revision, stream) = std::str::from_utf8(data).ok()?.split_once('@')?;
    Some((revision.parse().ok()?, StreamName::parse(stream.as_bytes()).ok()?))
}

fn target(connection: &Connection, name: &StreamName, revision: u64) -> Result<Option<Recorded>, ReadError> {
    let part = match visible(connection, name) {
        Ok(Some(part)) if revision >= part.retention.first_visible(part.last) => part,
        Ok(_) | Err(ReadError::StreamDeleted) => return Ok(None),
        Err(error) => return Err(error),
    };
    let statement = format!("SELECT {COLUMNS} FROM events e WHERE e.stream = ?1 AND e.revision = ?2");
    let found = connection
        .prepare_cached(&statement)?
        .query_row(params![part.row, stored(revision)], |row| Ok(row::recorded(row, name.clone())))
        .optional()?
        .transpose()?;
    Ok(found.filter(|event| !part.retention.expired(event.created, Ticks::now())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_a_revision_and_a_stream_whatever_is_in_its_name() {
        let stream = StreamName::parse(b"a@b").unwrap();
        assert_eq!(named(b"12@a@b"), Some((12, stream)));
        for other in [&b"12"[..], b"@s", b"x@s", b"-1@s", b"1@", b"1@$all", b"1@\xff", b""] {
            assert_eq!(named(other), None, "{other:?}");
        }
    }
}
