//! What the driver needs of the log: a test puts another in its place, and moves time.

use event_store::{
    After, EventStore, ReadError, RecordedEvent, StreamFilter, Subscription, SubscriptionItem,
};

pub(crate) trait Log: Clone + Send + Sync + 'static {
    type Items: Items;

    /// What comes after a position, or from the first event on.
    fn follow(&self, after: Option<u64>, filter: StreamFilter) -> Self::Items;

    /// The events of one stream after a revision, or all.
    fn events(
        &self,
        stream: &str,
        after: Option<u64>,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, ReadError>> + Send;
}

pub(crate) trait Items: Send {
    /// Loses nothing if its future is dropped.
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
}

impl Items for Subscription {
    async fn next(&mut self) -> SubscriptionItem {
        Self::next(self).await
    }
}
