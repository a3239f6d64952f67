//! The store as it should be, in memory.

use std::collections::HashMap;

use uuid::Uuid;

use crate::record::Expected;
use crate::writer::WriteError;

pub(super) const END: u64 = i64::MAX.unsigned_abs();

#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    Binary,
    Json(&'static str),
}

/// What the metadata of a stream say.
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    max_count: Option<u64>,
    truncate_before: Option<u64>,
}

fn limits(content: Content) -> Limits {
    match content {
        Content::Json(r#"{"$maxCount":2}"#) => Limits { max_count: Some(2), truncate_before: None },
        Content::Json(r#"{"$tb":1}"#) => Limits { max_count: None, truncate_before: Some(1) },
        Content::Json(r#"{"$tb":9223372036854775807}"#) => {
            Limits { max_count: None, truncate_before: Some(END) }
        }
        Content::Json(_) | Content::Binary => Limits::default(),
    }
}

#[derive(Debug, Default)]
struct Stream {
    /// Nil for an event of the node's own.
    ids: Vec<Uuid>,
    exists: bool,
    is_tombstoned: bool,
    limits: Limits,
    /// What `$maxCount` hid at an append stays hidden.
    erased: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decided {
    Write,
    Before(u64),
    Refused(WriteError),
}

/// The store as it should be.
#[derive(Debug, Default)]
pub(super) struct Model {
    streams: HashMap<String, Stream>,
    first: HashMap<Uuid, (String, u64)>,
}

impl Model {
    fn stream(&mut self, name: &str) -> &mut Stream {
        self.streams.entry(name.to_owned()).or_default()
    }

    fn is_tombstoned(&mut self, name: &str) -> bool {
        self.stream(name).is_tombstoned || described(name).is_some_and(|name| self.is_tombstoned(name))
    }

    fn is_deleted(&mut self, name: &str) -> bool {
        described(name).is_none() && self.stream(name).limits.truncate_before == Some(END)
    }

    pub(super) fn last(&mut self, name: &str) -> Option<u64> {
        (self.stream(name).ids.len() as u64).checked_sub(1)
    }

    pub(super) fn decide(&mut self, name: &str, expected: Expected, ids: &[Uuid]) -> Decided {
        if self.is_tombstoned(name) {
            return Decided::Refused(WriteError::StreamDeleted);
        }
        let is_deleted = self.is_deleted(name);
        let current = self.last(name);
        let wrong = Decided::Refused(WriteError::WrongRevision { expected, current });
        let begins_at = match expected {
            Expected::StreamExists if is_deleted => return Decided::Refused(WriteError::StreamDeleted),
            Expected::StreamExists if !self.stream(name).exists => return wrong,
            Expected::Any | Expected::StreamExists => {
                let known = |id| self.first.get(id).filter(|(first, _)| first == name).map(|(_, at)| *at);
                let known: Vec<_> = ids.iter().map(known).collect();
                return match (known.first(), known.last()) {
                    (Some(Some(_)), Some(Some(last))) if !known.contains(&None) => Decided::Before(*last),
                    (Some(Some(_)), _) => wrong,
                    _ => Decided::Write,
                };
            }
            Expected::NoStream => 0,
            Expected::Revision(revision) => revision.saturating_add(1),
        };
        let stored = &self.stream(name).ids;
        let next = stored.len() as u64;
        if begins_at >= next {
            return if begins_at == next { Decided::Write } else { wrong };
        }
        let then = &stored[usize::try_from(begins_at).unwrap()..];
        if ids.is_empty() {
            wrong
        } else if then.starts_with(ids) {
            Decided::Before(begins_at + ids.len() as u64 - 1)
        } else if is_deleted && expected == Expected::NoStream && then[0] != ids[0] {
            Decided::Write
        } else {
            wrong
        }
    }

    /// Returns the revision of the last event, not counting those of the node's own.
    pub(super) fn append(&mut self, name: &str, ids: &[Uuid], content: Content) -> Option<u64> {
        let returning: Vec<_> = [Some(name), described(name)]
            .into_iter()
            .flatten()
            .filter(|name| self.is_deleted(name))
            .map(str::to_owned)
            .collect();
        let firsts: Vec<_> = returning.iter().map(|name| self.stream(name).ids.len() as u64).collect();
        for id in ids {
            let stream = self.stream(name);
            stream.ids.push(*id);
            stream.exists = true;
            let at = stream.ids.len() as u64 - 1;
            self.first.entry(*id).or_insert((name.to_owned(), at));
        }
        let stream = self.stream(name);
        if let Some(most) = stream.limits.max_count.filter(|_| !ids.is_empty()) {
            stream.erased = stream.erased.max((stream.ids.len() as u64).saturating_sub(most));
        }
        if !ids.is_empty()
            && let Some(described) = described(name)
        {
            self.describe(described, limits(content));
        }
        let last = self.last(name);
        for (name, first) in returning.iter().zip(firsts) {
            let before = self.stream(name).limits;
            self.write_metadata(name, Limits { truncate_before: Some(first), ..before });
        }
        last
    }

    fn write_metadata(&mut self, name: &str, limits: Limits) {
        let metastream = self.stream(&format!("$${name}"));
        metastream.ids.push(Uuid::nil());
        metastream.exists = true;
        self.describe(name, limits);
    }

    fn describe(&mut self, name: &str, limits: Limits) {
        let stream = self.stream(name);
        stream.exists = true;
        stream.limits = limits;
    }

    pub(super) fn delete(&mut self, name: &str, expected: Expected) -> Result<(), WriteError> {
        match self.decide(name, expected, &[Uuid::max()]) {
            Decided::Refused(error) => return Err(error),
            _ if self.last(name).is_none() => {
                return Err(WriteError::WrongRevision { expected, current: None });
            }
            _ if self.is_tombstoned(&format!("$${name}")) => return Err(WriteError::StreamDeleted),
            _ => {}
        }
        self.write_metadata(name, Limits { max_count: None, truncate_before: Some(END) });
        Ok(())
    }

    pub(super) fn tombstone(&mut self, name: &str, expected: Expected) -> Result<(), WriteError> {
        if let Decided::Refused(error) = self.decide(name, expected, &[Uuid::max()]) {
            return Err(error);
        }
        self.stream(name).is_tombstoned = true;
        if let Some(described) = described(name) {
            self.describe(described, Limits::default());
        }
        Ok(())
    }

    /// The revisions and ids that a reader gets; none if the stream is not found.
    pub(super) fn visible(&mut self, name: &str) -> Result<Option<Vec<(u64, Uuid)>>, ()> {
        if self.is_tombstoned(name) {
            return Err(());
        }
        if self.last(name).is_none() || self.is_deleted(name) {
            return Ok(None);
        }
        let stream = self.stream(name);
        let of_metadata = Limits { max_count: Some(1), truncate_before: None };
        let limits = if described(name).is_some() { of_metadata } else { stream.limits };
        let counted = limits.max_count.map_or(0, |count| (stream.ids.len() as u64).saturating_sub(count));
        let first = counted.max(limits.truncate_before.unwrap_or(0)).max(stream.erased);
        let events = (0..).zip(stream.ids.iter().copied());
        Ok(Some(events.filter(|(revision, _)| *revision >= first).collect()))
    }
}

fn described(name: &str) -> Option<&str> {
    name.strip_prefix("$$").filter(|name| !name.is_empty())
}
