//! A public event as a message: `CloudEvents` 1.0, Kafka binding, binary mode.

use rdkafka::message::{BorrowedHeaders, Header, Headers as _, OwnedHeaders};
use schemas::trace::Sampling;
use schemas::{EventId, Landmark, Metadata, TraceParent};

const ID: &str = "ce_id";
const POSITION: &str = "ce_position";
/// This header and those below are the relay's own, and not attributes of `CloudEvents`.
const STREAM: &str = "citas-stream";
const REVISION: &str = "citas-revision";
const SETTLED: &str = "citas-settled";
const REACHED: &str = "citas-reached";
const MISSING: &str = "citas-missing";
const PARTITIONS: &str = "citas-partitions";
/// A partition without records, in [`PARTITIONS`].
const NOTHING: &str = "-";

/// A message to be written.
pub(super) struct Message {
    /// The appointment's id, or the lead's: what happens to it is in one partition, whoever's it is.
    pub(super) key: String,
    pub(super) payload: Vec<u8>,
    pub(super) headers: OwnedHeaders,
}

/// The relay's progress, as a record states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordProgress {
    /// The position of its event.
    pub(super) position: u64,
    /// The revision of its event in its stream.
    pub(super) revision: u64,
    /// Everything up to here is in its partition, except what is missing; at least the position of its event.
    pub(super) reached: u64,
    /// Everything up to here had been acknowledged, and no stream was parked, when it was written.
    pub(super) settled: Option<u64>,
    /// The streams with events that are missing in its partition, and from which revision on.
    pub(super) missing: Vec<(String, u64)>,
    /// By partition, how far it had reached before the transaction that this record ends; none of other records.
    pub(super) partitions: Option<Vec<Option<u64>>>,
}

/// What the message's attributes are made from.
pub(super) struct MessageAttributes<'event> {
    /// Its type, and the version of its payload.
    pub(super) event_type: (&'static str, u16),
    pub(super) event_id: EventId,
    /// The stream it is in.
    pub(super) stream: &'event str,
    pub(super) metadata: &'event Metadata,
    pub(super) source: &'event str,
    pub(super) sampling: Sampling,
}

/// The message of an event, with its public content.
pub(super) fn message(
    key: String,
    payload: Vec<u8>,
    named: &MessageAttributes<'_>,
    mark: &RecordProgress,
) -> Message {
    let (name, version) = named.event_type;
    let event_type = format!("citas.{name}.v{version}");
    let recorded_at = named.metadata.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let attributes = [
        ("ce_specversion", "1.0".to_owned()),
        (ID, named.event_id.to_string()),
        ("ce_source", named.source.to_owned()),
        ("ce_type", event_type),
        ("ce_time", recorded_at),
        ("ce_subject", key.clone()),
        ("ce_correlationid", named.metadata.correlation_id.to_string()),
        ("content-type", "application/json".to_owned()),
        (POSITION, mark.position.to_string()),
        (STREAM, named.stream.to_owned()),
        (REVISION, mark.revision.to_string()),
    ];
    let settled = mark.settled.map(|settled| (SETTLED, settled.to_string()));
    // Only while a stream is parked, or just after that.
    let reached = (mark.reached != mark.position).then(|| (REACHED, mark.reached.to_string()));
    let missing: Vec<String> = mark.missing.iter().map(|(stream, from)| format!("{stream}@{from}")).collect();
    let missing = (!missing.is_empty()).then(|| (MISSING, missing.join(" ")));
    let sampled = named.sampling.keeps(named.metadata.correlation_id);
    let traceparent = TraceParent::of(named.metadata, sampled);
    // The distributed tracing extension of CloudEvents.
    let traceparent = traceparent.map(|traceparent| ("ce_traceparent", traceparent.to_string()));
    let every = attributes.into_iter().chain(traceparent).chain(settled).chain(reached).chain(missing);
    let headers = every.fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value.as_bytes()) })
    });
    Message { key, payload, headers }
}

impl Message {
    /// The same as the last of a transaction, before which the partitions had reached these positions.
    pub(super) fn ending(mut self, partitions: &[Option<u64>]) -> Self {
        let reached =
            |position: &Option<u64>| position.map_or_else(|| NOTHING.to_owned(), |at| at.to_string());
        let partitions = partitions.iter().map(reached).collect::<Vec<_>>().join(" ");
        self.headers = self.headers.insert(Header { key: PARTITIONS, value: Some(partitions.as_bytes()) });
        self
    }
}

/// The event of a record, by which the log is recognised that it is from; none if it was not written by [`message`].
pub(super) fn landmark(headers: &BorrowedHeaders, mark: &RecordProgress) -> Option<Landmark> {
    Some(Landmark {
        stream: text(headers, STREAM)?.to_owned(),
        revision: mark.revision,
        position: mark.position,
        event_id: EventId::new(text(headers, ID)?.parse().ok()?),
    })
}

fn text<'header>(headers: &'header BorrowedHeaders, name: &str) -> Option<&'header str> {
    let header = headers.iter().find(|header| header.key == name)?;
    std::str::from_utf8(header.value?).ok()
}

/// Reads back what [`message`] wrote; none if it was not written by it.
pub(super) fn mark(headers: &BorrowedHeaders) -> Option<RecordProgress> {
    let number = |name: &str| text(headers, name)?.parse().ok();
    let missing = text(headers, MISSING).unwrap_or_default().split_whitespace().map(|one| {
        let (stream, from) = one.rsplit_once('@')?;
        Some((stream.to_owned(), from.parse().ok()?))
    });
    let partitions = text(headers, PARTITIONS).map(|every| {
        let reached = |one: &str| if one == NOTHING { Some(None) } else { one.parse().ok().map(Some) };
        every.split_whitespace().map(reached).collect::<Option<_>>()
    });
    let partitions = match partitions {
        Some(every) => Some(every?),
        None => None,
    };
    let position = number(POSITION)?;
    Some(RecordProgress {
        position,
        revision: number(REVISION)?,
        reached: number(REACHED).unwrap_or(position),
        settled: number(SETTLED),
        missing: missing.collect::<Option<_>>()?,
        partitions,
    })
}
