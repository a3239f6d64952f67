//! The requests to read and to subscribe.

use bytes::Bytes;
use event_store_protocol::event_store::client::streams::ReadReq;
use event_store_protocol::event_store::client::streams::read_req::Options;
use event_store_protocol::event_store::client::streams::read_req::options::{
    AllOptions, ControlOption, CountOption, FilterOption, ReadDirection, StreamOption, StreamOptions,
    SubscriptionOptions, UuidOption, all_options::AllOption, stream_options::RevisionOption,
    uuid_option::Content,
};
use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent as WireEvent;
use event_store_protocol::event_store::client::{AllStreamPosition, Empty, StreamIdentifier};

use schemas::Landmark;

use crate::filter::StreamFilter;

/// With this, a server says of a missing stream that there is none.
const COMPATIBILITY: u32 = 1;

/// A position as the server tells it. For our events both numbers are the same. They differ for a checkpoint that lies before
/// a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) commit: u64,
    pub(crate) prepare: u64,
}

impl Position {
    /// The position of a record of ours, to go on after it; none for 0, before which there is nothing.
    pub(crate) fn after(position: u64) -> Option<Self> {
        (0 < position).then_some(Self { commit: position, prepare: position })
    }

    pub(crate) fn of_event(event: &WireEvent) -> Self {
        Self { commit: event.commit_position, prepare: event.prepare_position }
    }

    /// Whether it is the position of a record. Of another, its number alone would not find it again.
    pub(crate) fn is_of_record(self) -> bool {
        self.commit == self.prepare
    }

    fn to_wire(self) -> AllStreamPosition {
        AllStreamPosition { commit_position: self.commit, prepare_position: self.prepare }
    }
}

/// The events of a stream from a revision, or from its first.
pub(crate) fn stream_from(stream: &str, revision: Option<u64>) -> ReadReq {
    let from = revision.map_or(RevisionOption::Start(Empty {}), RevisionOption::Revision);
    let control = ControlOption { compatibility: COMPATIBILITY };
    request(
        of_stream(stream, from),
        ReadDirection::Forwards,
        CountOption::Count(u64::MAX),
        None,
        Some(control),
    )
}

/// The event in the landmark's place in its stream.
pub(crate) fn landmark(landmark: &Landmark) -> ReadReq {
    stream_event(&landmark.stream, landmark.revision)
}

/// The event of a revision, or the next one there is.
pub(crate) fn stream_event(stream: &str, revision: u64) -> ReadReq {
    let of = of_stream(stream, RevisionOption::Revision(revision));
    let control = ControlOption { compatibility: COMPATIBILITY };
    request(of, ReadDirection::Forwards, CountOption::Count(1), None, Some(control))
}

/// The last event of a stream.
pub(crate) fn stream_end(stream: &str) -> ReadReq {
    let of = of_stream(stream, RevisionOption::End(Empty {}));
    let control = ControlOption { compatibility: COMPATIBILITY };
    request(of, ReadDirection::Backwards, CountOption::Count(1), None, Some(control))
}

/// Events of the whole log from a position, the event there included, or from its first.
pub(crate) fn log_from(position: Option<Position>, count: u64, filter: &StreamFilter) -> ReadReq {
    request(of_log(position), ReadDirection::Forwards, CountOption::Count(count), Some(filter), None)
}

/// The last events of the whole log, the very last first.
pub(crate) fn log_end(count: u64, filter: &StreamFilter) -> ReadReq {
    let end = StreamOption::All(AllOptions { all_option: Some(AllOption::End(Empty {})) });
    request(end, ReadDirection::Backwards, CountOption::Count(count), Some(filter), None)
}

/// The last record of the whole log, whosever it is.
pub(crate) fn log_last() -> ReadReq {
    let end = StreamOption::All(AllOptions { all_option: Some(AllOption::End(Empty {})) });
    request(end, ReadDirection::Backwards, CountOption::Count(1), None, None)
}

/// A subscription to the whole log after a position, or from its first event.
pub(crate) fn log_subscription(after: Option<Position>, filter: &StreamFilter) -> ReadReq {
    let count = CountOption::Subscription(SubscriptionOptions {});
    request(of_log(after), ReadDirection::Forwards, count, Some(filter), None)
}

/// A subscription to a stream after a revision, or from its first event.
pub(crate) fn stream_subscription(stream: &str, after: Option<u64>) -> ReadReq {
    let from = after.map_or(RevisionOption::Start(Empty {}), RevisionOption::Revision);
    let count = CountOption::Subscription(SubscriptionOptions {});
    request(of_stream(stream, from), ReadDirection::Forwards, count, None, None)
}

pub(crate) fn identifier(stream: &str) -> StreamIdentifier {
    StreamIdentifier { stream_name: Bytes::copy_from_slice(stream.as_bytes()) }
}

fn of_stream(stream: &str, from: RevisionOption) -> StreamOption {
    StreamOption::Stream(StreamOptions {
        stream_identifier: Some(identifier(stream)),
        revision_option: Some(from),
    })
}

fn of_log(from: Option<Position>) -> StreamOption {
    let from = from.map_or(AllOption::Start(Empty {}), |position| AllOption::Position(position.to_wire()));
    StreamOption::All(AllOptions { all_option: Some(from) })
}

fn request(
    source: StreamOption,
    direction: ReadDirection,
    count: CountOption,
    filter: Option<&StreamFilter>,
    control_option: Option<ControlOption>,
) -> ReadReq {
    let filter =
        filter.map_or(FilterOption::NoFilter(Empty {}), |filter| FilterOption::Filter(filter.to_wire()));
    ReadReq {
        options: Some(Options {
            read_direction: direction.into(),
            resolve_links: false,
            uuid_option: Some(UuidOption { content: Some(Content::Structured(Empty {})) }),
            control_option,
            stream_option: Some(source),
            count_option: Some(count),
            filter_option: Some(filter),
        }),
    }
}
