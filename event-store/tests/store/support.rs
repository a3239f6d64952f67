use std::net::SocketAddr;
use std::time::Duration;

use event_store::{EventStore, ExpectedRevision, NewEvent, RecordedEvent, Subscription, SubscriptionItem};
use schemas::{EventId, Metadata};
use uuid::Uuid;

use crate::store_server::StoreServer;

/// Longer than anything that a test waits for takes; it only bounds a failure.
const TIMEOUT: Duration = Duration::from_mins(1);

/// An event store, and the server that it is on.
pub(crate) struct Given {
    pub(crate) store: EventStore,
    pub(crate) server: StoreServer,
}

pub(crate) async fn given_store() -> Given {
    let server = StoreServer::start().await;
    Given { store: server.store(), server }
}

pub(crate) fn store_at(address: SocketAddr) -> EventStore {
    EventStore::new(&format!("esdb://{address}?tls=false")).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test is the edge: its names and ids begin here")]
fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// A name that no other test and no earlier run against the same server has.
pub(crate) fn new_name(what: &str) -> String {
    format!("{what}-{}", new_uuid().simple())
}

pub(crate) fn new_event(number: u32) -> NewEvent {
    let command = new_uuid();
    NewEvent {
        event_id: EventId::new(new_uuid()),
        event_type: "Numbered",
        payload: format!(r#"{{"number":{number},"note":"ñandú"}}"#).into_bytes(),
        metadata: Metadata {
            correlation_id: new_uuid(),
            ..fixtures::metadata(command, "2026-03-04T05:06:07.891234Z".parse().unwrap())
        },
    }
}

pub(crate) fn new_events(numbers: std::ops::Range<u32>) -> Vec<NewEvent> {
    numbers.map(new_event).collect()
}

/// A stream with one event, so that a server says at once that it was caught up with.
pub(crate) async fn begun_stream(store: &EventStore, what: &str) -> String {
    let stream = new_name(what);
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    stream
}

/// Fails a test that would wait for ever.
pub(crate) async fn in_time<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, awaited).await.expect("what a test waits for comes in time")
}

/// The next item but [`SubscriptionItem::Resumed`].
pub(crate) async fn next(subscription: &mut Subscription) -> SubscriptionItem {
    loop {
        match in_time(subscription.next()).await {
            SubscriptionItem::Resumed => {}
            item => return item,
        }
    }
}

/// The next event; other items before it are skipped.
pub(crate) async fn next_event(subscription: &mut Subscription) -> RecordedEvent {
    loop {
        if let SubscriptionItem::Event(event) = next(subscription).await {
            return event;
        }
    }
}

/// The revisions of the next events, and the first item that is no event.
pub(crate) async fn revisions_until_other(subscription: &mut Subscription) -> (Vec<u64>, SubscriptionItem) {
    let mut revisions = Vec::new();
    loop {
        match next(subscription).await {
            SubscriptionItem::Event(event) => revisions.push(event.revision),
            other => return (revisions, other),
        }
    }
}
