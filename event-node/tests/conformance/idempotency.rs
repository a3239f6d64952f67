use eventstore::{Error, StreamState};

use crate::support::{Store, event, events, numbers};

async fn retried(first: StreamState, again: StreamState) {
    let store = Store::open().await;
    let stream = store.stream("retried");
    if first == StreamState::StreamRevision(1) {
        store.append(&stream, StreamState::NoStream, events(100..102)).await.unwrap();
    }
    let sent = events(0..3);
    let original = store.append(&stream, first, sent.clone()).await.unwrap();
    store.append(&stream, StreamState::Any, events(3..5)).await.unwrap();
    let before = numbers(&store.read(&stream).await.unwrap());
    let retry = store.append(&stream, again, sent).await.unwrap();
    assert_eq!(retry.next_expected_version, original.next_expected_version);
    assert_eq!(retry.position, original.position);
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_first_append_succeeds_once() {
    retried(StreamState::NoStream, StreamState::NoStream).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_append_at_a_revision_succeeds_once() {
    retried(StreamState::StreamRevision(1), StreamState::StreamRevision(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_append_anywhere_succeeds_once() {
    retried(StreamState::Any, StreamState::Any).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_is_the_head_succeeds_once() {
    let store = Store::open().await;
    let stream = store.stream("head");
    let sent = events(0..2);
    store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
    let retry = store.append(&stream, StreamState::NoStream, sent).await.unwrap();
    assert_eq!(retry.next_expected_version, 1);
    assert_eq!(store.read(&stream).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn part_of_a_retry_is_a_retry() {
    let store = Store::open().await;
    let stream = store.stream("part");
    let sent = events(0..3);
    store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
    let retry = store.append(&stream, StreamState::NoStream, sent[..2].to_vec()).await.unwrap();
    assert_eq!(retry.next_expected_version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_events_at_a_taken_revision_conflict() {
    let store = Store::open().await;
    let stream = store.stream("other");
    let sent = events(0..2);
    store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
    let reordered = vec![sent[1].clone(), sent[0].clone()];
    let error = store.append(&stream, StreamState::NoStream, reordered).await.unwrap_err();
    assert!(matches!(error, Error::WrongExpectedVersion { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_with_another_ending_is_refused_and_stores_nothing() {
    for state in [StreamState::NoStream, StreamState::Any] {
        let store = Store::open().await;
        let stream = store.stream("mixed");
        let sent = events(0..2);
        store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
        let mixed = vec![sent[0].clone(), event(9)];
        assert!(store.append(&stream, state, mixed).await.is_err());
        let longer = vec![sent[0].clone(), sent[1].clone(), event(9)];
        assert!(store.append(&stream, state, longer).await.is_err());
        assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ids_in_another_stream_are_other_events() {
    let store = Store::open().await;
    let sent = events(0..2);
    for name in ["one", "two"] {
        let stream = store.stream(name);
        store.append(&stream, StreamState::Any, sent.clone()).await.unwrap();
        assert_eq!(store.read(&stream).await.unwrap().len(), 2);
    }
}
