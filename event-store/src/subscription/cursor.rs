use std::sync::Arc;

use event_store_protocol::event_store::client::streams::ReadReq;
use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent;

use crate::fault::Asked;
use crate::filter::StreamFilter;
use crate::request::{Position, log_subscription, stream_subscription};

/// What is subscribed to.
pub(super) enum Source {
    Log(StreamFilter),
    Stream(Arc<str>),
}

/// How far it has been followed: the last event or checkpoint seen, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    Log(Option<Position>),
    Stream(Option<u64>),
}

impl Cursor {
    pub(super) fn of_log(position: Option<u64>) -> Self {
        Self::Log(position.and_then(Position::after))
    }

    pub(super) fn of_stream(revision: Option<u64>) -> Self {
        Self::Stream(revision)
    }

    /// Moves past an event; false if it was passed before.
    pub(super) fn pass_event(&mut self, event: &RecordedEvent) -> bool {
        match self {
            Self::Log(last) => advance(last, Position::of_event(event)),
            Self::Stream(last) => advance(last, event.stream_revision),
        }
    }

    /// Moves to a checkpoint; false if it was passed before.
    pub(super) fn pass_checkpoint(&mut self, position: Position) -> bool {
        match self {
            Self::Log(last) => advance(last, position),
            Self::Stream(_) => false,
        }
    }
}

fn advance<P: Ord + Copy>(last: &mut Option<P>, next: P) -> bool {
    let is_new = last.is_none_or(|last| last < next);
    if is_new {
        *last = Some(next);
    }
    is_new
}

impl Source {
    /// A subscription after the cursor, exclusively.
    pub(super) fn request(&self, cursor: Cursor) -> ReadReq {
        match (self, cursor) {
            (Self::Log(filter), Cursor::Log(last)) => log_subscription(last, filter),
            (Self::Stream(stream), Cursor::Stream(last)) => stream_subscription(stream, last),
            (Self::Log(_), Cursor::Stream(_)) | (Self::Stream(_), Cursor::Log(_)) => {
                unreachable!("a source is made with a cursor of its kind")
            }
        }
    }

    pub(super) fn asked(&self, cursor: Cursor) -> Asked<'_> {
        match self {
            Self::Log(_) => Asked::Log { has_position: matches!(cursor, Cursor::Log(Some(_))) },
            Self::Stream(stream) => Asked::Stream(stream),
        }
    }
}
