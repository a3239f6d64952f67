use std::sync::Arc;

use eventstore::{
    Client, Position, RecordedEvent, StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions,
};

use crate::filter::StreamFilter;

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
        Self::Log(position.map(|position| Position { commit: position, prepare: position }))
    }

    pub(super) fn of_stream(revision: Option<u64>) -> Self {
        Self::Stream(revision)
    }

    /// Moves past an event; false if it was passed before.
    pub(super) fn pass_event(&mut self, event: &RecordedEvent) -> bool {
        match self {
            Self::Log(last) => advance(last, event.position),
            Self::Stream(last) => advance(last, event.revision),
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

/// Subscribes after the cursor, exclusively.
pub(super) async fn open(client: &Client, source: &Source, cursor: Cursor) -> eventstore::Subscription {
    match (source, cursor) {
        (Source::Log(filter), Cursor::Log(last)) => {
            let position = last.map_or(StreamPosition::Start, StreamPosition::Position);
            let options = SubscribeToAllOptions::default().position(position).filter(filter.to_client());
            client.subscribe_to_all(&options).await
        }
        (Source::Stream(stream), Cursor::Stream(last)) => {
            let position = last.map_or(StreamPosition::Start, StreamPosition::Position);
            let options = SubscribeToStreamOptions::default().start_from(position);
            client.subscribe_to_stream(&**stream, &options).await
        }
        (Source::Log(_), Cursor::Stream(_)) | (Source::Stream(_), Cursor::Log(_)) => {
            unreachable!("a source is made with a cursor of its kind")
        }
    }
}
