use eventstore::{AppendToStreamOptions, CurrentRevision, Error, StreamMetadata, StreamState};

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
async fn a_retry_with_another_ending_conflicts_and_stores_nothing() {
    for state in [StreamState::NoStream, StreamState::Any] {
        let store = Store::open().await;
        let stream = store.stream("mixed");
        let sent = events(0..2);
        store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
        for other in [vec![sent[0].clone(), event(9)], vec![sent[0].clone(), sent[1].clone(), event(9)]] {
            let error = store.append(&stream, state, other).await.unwrap_err();
            let Error::WrongExpectedVersion { current, .. } = error else { panic!("{error:?}") };
            assert_eq!(current, CurrentRevision::Current(1));
        }
        assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_anywhere_of_events_that_are_apart_is_a_retry() {
    let store = Store::open().await;
    let stream = store.stream("apart");
    let sent = events(0..4);
    store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
    let apart = vec![sent[0].clone(), sent[2].clone()];
    let retry = store.append(&stream, StreamState::Any, apart).await.unwrap();
    assert_eq!(retry.next_expected_version, 2);
    assert_eq!(store.read(&stream).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_was_written_twice_is_known_where_it_was_first() {
    let store = Store::open().await;
    let stream = store.stream("twice");
    let sent = events(0..1);
    store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
    store.append(&stream, StreamState::StreamRevision(0), sent.clone()).await.unwrap();
    let retry = store.append(&stream, StreamState::Any, sent).await.unwrap();
    assert_eq!(retry.next_expected_version, 0);
    assert_eq!(store.read(&stream).await.unwrap().len(), 2);
}

/// Without an expected revision a store knows an id, and not in how many streams it is.
#[tokio::test(flavor = "multi_thread")]
async fn ids_that_were_in_another_stream_before_are_appended_again() {
    let store = Store::open().await;
    let (one, two) = (store.stream("one"), store.stream("two"));
    let sent = events(0..2);
    for stream in [&one, &two, &two] {
        store.append(stream, StreamState::Any, sent.clone()).await.unwrap();
    }
    assert_eq!(numbers(&store.read(&one).await.unwrap()), [0, 1]);
    assert_eq!(numbers(&store.read(&two).await.unwrap()), [0, 1, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_what_cannot_be_read_any_more_succeeds_once() {
    let store = Store::open().await;
    let (stream, sent) = (store.stream("hidden"), events(0..2));
    let original = store.append(&stream, StreamState::NoStream, sent.clone()).await.unwrap();
    store.append(&stream, StreamState::Any, events(2..4)).await.unwrap();
    let metadata = StreamMetadata::builder().truncate_before(2).build();
    let options = AppendToStreamOptions::default();
    store.client.set_stream_metadata(stream.as_str(), &options, &metadata).await.unwrap();
    let retry = store.append(&stream, StreamState::NoStream, sent).await.unwrap();
    assert_eq!(retry.next_expected_version, 1);
    assert_ne!(retry.position, original.position, "there is no position for it");
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [2, 3]);
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
