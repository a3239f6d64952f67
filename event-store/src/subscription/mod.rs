//! Subscriptions: events after a point, as they are appended, across lost connections.

mod cursor;
mod driver;
mod outage;

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::connection::Connection;
use crate::event::RecordedEvent;
use crate::fault::Fault;
use crate::filter::StreamFilter;
use crate::store::EventStore;

use cursor::{Cursor, Source};
use driver::Driver;

/// How many events are fetched ahead of the subscriber.
const AHEAD: usize = 2048;

/// Where in the whole log to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// With the first event.
    Start,
    /// With the first event after this position: an event's, or a checkpoint's.
    Position(u64),
}

/// An item of a subscription.
#[derive(Debug, Clone)]
pub enum SubscriptionItem {
    /// The next event.
    Event(RecordedEvent),
    /// Everything up to this position of the whole log has been searched: a good point to resume after.
    Checkpoint(u64),
    /// All existing events have been delivered; those that follow are new. Sent again after a reconnection. Of a stream that does
    /// not exist, some servers say it only once it does.
    CaughtUp,
    /// The subscription has been interrupted for 2 s, or cannot go on before somebody changes something. Sent again only if
    /// the latter becomes so, or for another reason; any other item means that it goes on.
    Disconnected(Fault),
    /// It goes on after an interruption, reported or not: what follows may be of another log than what was before. Comes before
    /// any other item, also while there is none.
    Resumed,
}

/// Events as they are appended, each once and in order. Ends when it is dropped.
#[derive(Debug)]
pub struct Subscription {
    items: mpsc::Receiver<SubscriptionItem>,
    driver: AbortHandle,
}

impl EventStore {
    /// Subscribes to every event of the whole log after a point that passes the filter. Call it within a Tokio
    /// runtime.
    pub fn subscribe(&self, from: After, filter: StreamFilter) -> Subscription {
        let position = match from {
            After::Start => None,
            After::Position(position) => Some(position),
        };
        self.start(Source::Log(filter), Cursor::of_log(position))
    }

    /// Subscribes to every event of one stream after a revision, or from its beginning. Call it within a Tokio
    /// runtime.
    ///
    /// The stream need not exist yet.
    pub fn subscribe_stream(&self, stream: &str, after: Option<u64>) -> Subscription {
        self.start(Source::Stream(stream.into()), Cursor::of_stream(after))
    }

    fn start(&self, source: Source, cursor: Cursor) -> Subscription {
        let (sender, items) = mpsc::channel(AHEAD);
        // Everything on one connection shares its flow-control window: a few subscribers that stop reading would hold up all
        // calls.
        let connection = Connection::new(Arc::clone(&self.inner.cluster));
        let driver =
            Driver { connection, source, cursor, items: sender, stream: "".into(), was_interrupted: false };
        Subscription { items, driver: tokio::spawn(driver.run()).abort_handle() }
    }
}

impl Subscription {
    /// Waits for the next item. Cancel safe: no item is lost if the future is dropped.
    pub async fn next(&mut self) -> SubscriptionItem {
        match self.items.recv().await {
            Some(item) => item,
            // The driver outlives its subscription, except in a runtime that is shutting down.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
