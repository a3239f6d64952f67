//! What the driver needs of the log, so that tests can put another in its place.

use event_store::{
    After, EventStore, Landmark, ReadError, RecordedEvent, StreamFilter, Subscription, SubscriptionItem,
};

pub(crate) trait Log: Clone + Send + Sync + 'static {
    type Items: Items;

    /// Follows the log after a position, or from the first event on.
    fn follow(&self, after: Option<u64>, filter: StreamFilter) -> Self::Items;

    /// The events of one stream after a revision, or all.
    fn events(
        &self,
        stream: &str,
        after: Option<u64>,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, ReadError>> + Send;

    /// Whether this is the log that was read up to a position, with this event in it.
    fn was_read(
        &self,
        landmark: Option<&Landmark>,
        position: Option<u64>,
    ) -> impl Future<Output = Result<bool, ReadError>> + Send;
}

pub(crate) trait Items: Send {
    /// The next item. Cancel safe: no item is lost if the future is dropped.
    fn next(&mut self) -> impl Future<Output = SubscriptionItem> + Send;
}

impl Log for EventStore {
    type Items = Subscription;

    fn follow(&self, after: Option<u64>, filter: StreamFilter) -> Subscription {
        self.subscribe(after.map_or(After::Start, After::Position), filter)
    }

    async fn events(&self, stream: &str, after: Option<u64>) -> Result<Vec<RecordedEvent>, ReadError> {
        self.load(stream, after).await
    }

    async fn was_read(&self, landmark: Option<&Landmark>, position: Option<u64>) -> Result<bool, ReadError> {
        Self::was_read(self, landmark, position).await
    }
}

impl Items for Subscription {
    async fn next(&mut self) -> SubscriptionItem {
        Self::next(self).await
    }
}
