//! The node's own types of events, streams and reads, independent of the protocol and the database.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::clock::Ticks;

/// Prefix that turns a stream's name into the name of its metadata stream.
pub(crate) const METASTREAM_PREFIX: &str = "$$";
/// Type of the events that the node itself writes to a metadata stream.
pub(crate) const METADATA_TYPE: &str = "$metadata";
/// Type of the last event of a tombstoned stream.
pub(crate) const TOMBSTONE_TYPE: &str = "$streamDeleted";
/// Type of the events that stand for another event: their payload is its `revision@stream`.
pub(crate) const LINK_TYPE: &str = "$>";
pub(crate) const JSON: &str = "application/json";
/// The content type of everything that is not JSON.
pub(crate) const BINARY: &str = "application/octet-stream";

/// The writer caches the names of many streams, so their length is limited.
const MAX_STREAM_NAME_BYTES: usize = 4_096;
/// Bytes that a record takes in the log besides the names in it and its payload.
pub(crate) const RECORD_HEADER_BYTES: u64 = 64;
/// The position of the first record. It is not 0, which stands for the beginning of the log.
pub(crate) const FIRST_POSITION: u64 = RECORD_HEADER_BYTES;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StreamName(Arc<str>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamNameError {
    #[error("a stream name is missing: name the stream in the request")]
    Empty,
    #[error("a stream name must be UTF-8")]
    NotUtf8,
    #[error("a stream name may have at most {MAX_STREAM_NAME_BYTES} bytes: choose a shorter one")]
    TooLong,
    #[error("\"$all\" stands for every stream: name a single stream")]
    All,
}

impl StreamName {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, StreamNameError> {
        match std::str::from_utf8(bytes) {
            Err(_) => Err(StreamNameError::NotUtf8),
            Ok("") => Err(StreamNameError::Empty),
            Ok(name) if name.len() > MAX_STREAM_NAME_BYTES => Err(StreamNameError::TooLong),
            Ok("$all") => Err(StreamNameError::All),
            Ok(name) => Ok(Self(name.into())),
        }
    }

    /// A name that was checked when it was stored.
    pub(crate) fn stored(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn metastream(&self) -> Self {
        Self(format!("{METASTREAM_PREFIX}{}", self.0).into())
    }

    /// The stream whose metadata this one holds, if it is a metadata stream.
    pub(crate) fn described(&self) -> Option<Self> {
        self.0.strip_prefix(METASTREAM_PREFIX).filter(|name| !name.is_empty()).map(|name| Self(name.into()))
    }

    /// The stream whose metadata this one holds, the stream whose metadata that one holds, and so on. A tombstone of any of
    /// them ends this stream too.
    pub(crate) fn all_described(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.described(), Self::described)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The state in which a writer expects the stream: optimistic concurrency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Any,
    StreamExists,
    NoStream,
    Revision(u64),
}

/// An event to append.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) id: Uuid,
    pub(crate) event_type: String,
    pub(crate) content_type: String,
    pub(crate) data: Bytes,
    pub(crate) metadata: Bytes,
}

impl Proposed {
    /// Bytes that count towards the append limit.
    pub(crate) fn payload_bytes(&self) -> usize {
        self.data.len() + self.metadata.len()
    }

    /// The event as recorded, with a copy of its payload: the proposed payload is a slice of the request message,
    /// which may be far larger.
    pub(crate) fn recorded(
        &self,
        stream: StreamName,
        revision: u64,
        position: u64,
        created: Ticks,
    ) -> Recorded {
        Recorded {
            stream,
            revision,
            position,
            id: self.id,
            event_type: self.event_type.clone(),
            content_type: self.content_type.clone(),
            created,
            data: Bytes::copy_from_slice(&self.data),
            metadata: Bytes::copy_from_slice(&self.metadata),
        }
    }

    /// How far this record moves the end of the log. Never 1, so that no reader comes to rely on
    /// contiguous positions: a cluster's are byte offsets.
    pub(crate) fn record_bytes(&self, stream: &StreamName) -> u64 {
        let names = stream.as_str().len() + self.event_type.len() + self.content_type.len();
        RECORD_HEADER_BYTES + (names + self.payload_bytes()) as u64
    }
}

/// An event as it was stored.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) stream: StreamName,
    pub(crate) revision: u64,
    pub(crate) position: u64,
    pub(crate) id: Uuid,
    pub(crate) event_type: String,
    pub(crate) content_type: String,
    pub(crate) created: Ticks,
    pub(crate) data: Bytes,
    pub(crate) metadata: Bytes,
}

impl Recorded {
    /// Differs if anything of the event does: kept with it, it shows what a disk has changed. Whoever forges an event can
    /// forge it too.
    pub(crate) fn checksum(&self) -> i64 {
        let mut digest = Sha256::new();
        for number in [self.position, self.revision] {
            digest.update(number.to_be_bytes());
        }
        digest.update(self.created.0.to_be_bytes());
        digest.update(self.id.as_bytes());
        let texts = [self.stream.as_str(), &self.event_type, &self.content_type].map(str::as_bytes);
        for bytes in texts.into_iter().chain([&self.data[..], &self.metadata[..]]) {
            // With its length, so that no byte can move from one to the next.
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        }
        let first = digest.finalize().first_chunk().copied().expect("a digest has 32 bytes");
        i64::from_be_bytes(first)
    }

    pub(crate) fn payload_bytes(&self) -> usize {
        self.data.len() + self.metadata.len()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forwards,
    Backwards,
}

/// Where a read begins; a point is a revision in a stream and a position in `$all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadFrom {
    Start,
    End,
    Point(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metastream_describes_its_stream() {
        let stream = StreamName::parse(b"agent-1").unwrap();
        assert_eq!(stream.metastream().as_str(), "$$agent-1");
        assert_eq!(stream.metastream().described(), Some(stream.clone()));
        assert_eq!(stream.described(), None);
        let all: Vec<_> = stream.metastream().metastream().all_described().collect();
        assert_eq!(all, [stream.metastream(), stream]);
    }

    #[test]
    fn names_that_cannot_be_written_to_are_refused() {
        assert_eq!(StreamName::parse(b""), Err(StreamNameError::Empty));
        assert_eq!(StreamName::parse(b"$all"), Err(StreamNameError::All));
        assert_eq!(StreamName::parse(&[0xff]), Err(StreamNameError::NotUtf8));
        assert!(StreamName::parse(&[b'a'; MAX_STREAM_NAME_BYTES]).is_ok());
        assert_eq!(StreamName::parse(&[b'a'; MAX_STREAM_NAME_BYTES + 1]), Err(StreamNameError::TooLong));
    }
}
