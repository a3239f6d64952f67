use eventstore::{Error, StreamPosition, StreamState, SubscribeToStreamOptions, TombstoneStreamOptions};

use crate::support::{Said, Store, caught_up, events, next_numbers, said, within};

fn from(position: StreamPosition<u64>) -> SubscribeToStreamOptions {
    SubscribeToStreamOptions::default().start_from(position)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_comes_first_then_what_is_appended() {
    let store = Store::open().await;
    let stream = store.stream("followed");
    store.append(&stream, StreamState::Any, events(0..600)).await.unwrap();
    let mut subscription =
        store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::Start)).await;
    assert_eq!(said(&mut subscription).await, Said::Confirmed);
    assert_eq!(next_numbers(&mut subscription, 600).await, (0..600).collect::<Vec<_>>());
    assert_eq!(said(&mut subscription).await, Said::CaughtUp);
    for start in (600..620).step_by(2) {
        store.append(&stream, StreamState::Any, events(start..start + 2)).await.unwrap();
    }
    assert_eq!(next_numbers(&mut subscription, 20).await, (600..620).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_is_exclusive() {
    let store = Store::open().await;
    let stream = store.stream("after");
    store.append(&stream, StreamState::Any, events(0..4)).await.unwrap();
    let mut subscription =
        store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::Position(1))).await;
    assert_eq!(caught_up(&mut subscription).await, [2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_end_only_what_is_new_comes() {
    let store = Store::open().await;
    let stream = store.stream("end");
    store.append(&stream, StreamState::Any, events(0..3)).await.unwrap();
    let mut subscription =
        store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::End)).await;
    assert_eq!(caught_up(&mut subscription).await, [] as [usize; 0]);
    store.append(&stream, StreamState::Any, events(3..4)).await.unwrap();
    assert_eq!(next_numbers(&mut subscription, 1).await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_can_be_followed_before_it_is_there_and_is_caught_up_with_once_it_is() {
    let store = Store::open().await;
    let stream = store.stream("future");
    let mut subscription =
        store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::Start)).await;
    assert_eq!(said(&mut subscription).await, Said::Confirmed);
    store.append(&store.stream("another"), StreamState::Any, events(7..9)).await.unwrap();
    store.append(&stream, StreamState::NoStream, events(0..1)).await.unwrap();
    // Anything else before the event would be in their way.
    assert!(matches!(said(&mut subscription).await, Said::Event(0, _)));
    assert_eq!(said(&mut subscription).await, Said::CaughtUp);
    store.append(&stream, StreamState::Any, events(1..2)).await.unwrap();
    assert_eq!(next_numbers(&mut subscription, 1).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstoned_stream_cannot_be_followed_but_from_its_end() {
    let store = Store::open().await;
    let stream = store.stream("gone");
    store.append(&stream, StreamState::Any, events(0..1)).await.unwrap();
    store.client.tombstone_stream(stream.as_str(), &TombstoneStreamOptions::default()).await.unwrap();
    let mut subscription =
        store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::Start)).await;
    let error = loop {
        match within(subscription.next_subscription_event()).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
    let mut at_the_end = store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::End)).await;
    assert_eq!(said(&mut at_the_end).await, Said::Confirmed);
    assert_eq!(said(&mut at_the_end).await, Said::CaughtUp);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_stream_to_its_tombstone_gets_that_and_then_the_error() {
    let store = Store::open().await;
    let stream = store.stream("going");
    store.append(&stream, StreamState::Any, events(0..2)).await.unwrap();
    let mut subscription =
        store.client.subscribe_to_stream(stream.as_str(), &from(StreamPosition::Start)).await;
    assert_eq!(caught_up(&mut subscription).await, [0, 1]);
    store.client.tombstone_stream(stream.as_str(), &TombstoneStreamOptions::default()).await.unwrap();
    let last = within(subscription.next()).await.unwrap().event.unwrap();
    assert_eq!((last.event_type.as_str(), last.stream_id()), ("$streamDeleted", stream.as_str()));
    let error = within(subscription.next()).await.map(drop).unwrap_err();
    assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
}
