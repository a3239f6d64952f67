use eventstore::{
    AppendToStreamOptions, EventData, ReadStreamOptions, StreamMetadata, StreamMetadataBuilder,
    StreamMetadataResult, StreamPosition, StreamState,
};

use serde_json::json;

use crate::support::{Store, events, id, numbers};

async fn set(store: &Store, stream: &str, metadata: StreamMetadataBuilder) {
    let options = AppendToStreamOptions::default();
    store.client.set_stream_metadata(stream, &options, &metadata.build()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_metadata_has_none() {
    let store = Store::open().await;
    let stream = store.stream("plain");
    store.append(&stream, StreamState::Any, events(0..1)).await.unwrap();
    let read =
        store.client.get_stream_metadata(stream.as_str(), &ReadStreamOptions::default()).await.unwrap();
    assert!(matches!(read, StreamMetadataResult::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_metadata_is_read_back() {
    let store = Store::open().await;
    let stream = store.stream("described");
    set(&store, &stream, StreamMetadata::builder().max_count(7)).await;
    set(&store, &stream, StreamMetadata::builder().max_count(8)).await;
    let latest = ReadStreamOptions::default().backwards().position(StreamPosition::End);
    let read = store.client.get_stream_metadata(stream.as_str(), &latest).await.unwrap();
    let StreamMetadataResult::Success(read) = read else { panic!("no metadata") };
    assert_eq!((read.metadata().max_count, read.version()), (Some(8), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_with_metadata_alone_exists() {
    let store = Store::open().await;
    let stream = store.stream("only-described");
    set(&store, &stream, StreamMetadata::builder().max_count(7)).await;
    store.append(&stream, StreamState::StreamExists, events(0..1)).await.unwrap();
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn max_count_keeps_the_latest() {
    let store = Store::open().await;
    let stream = store.stream("counted");
    set(&store, &stream, StreamMetadata::builder().max_count(3)).await;
    for start in (0..10).step_by(2) {
        store.append(&stream, StreamState::Any, events(start..start + 2)).await.unwrap();
    }
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [7, 8, 9]);
    let backwards = ReadStreamOptions::default().backwards().position(StreamPosition::End);
    assert_eq!(numbers(&store.read_with(&stream, &backwards).await.unwrap()), [9, 8, 7]);
    let written = store.append(&stream, StreamState::StreamRevision(9), events(10..11)).await.unwrap();
    assert_eq!(written.next_expected_version, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn max_count_applies_to_what_is_there_already() {
    let store = Store::open().await;
    let stream = store.stream("counted-late");
    store.append(&stream, StreamState::Any, events(0..5)).await.unwrap();
    set(&store, &stream, StreamMetadata::builder().max_count(2)).await;
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [3, 4]);
    set(&store, &stream, StreamMetadata::builder().max_count(1)).await;
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn truncate_before_hides_what_is_older() {
    let store = Store::open().await;
    let stream = store.stream("truncated");
    store.append(&stream, StreamState::Any, events(0..5)).await.unwrap();
    set(&store, &stream, StreamMetadata::builder().truncate_before(3)).await;
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [3, 4]);
    let first = ReadStreamOptions::default().position(StreamPosition::Position(0)).max_count(1);
    assert_eq!(numbers(&store.read_with(&stream, &first).await.unwrap()), [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_expected_revision_of_metadata_is_its_own() {
    let store = Store::open().await;
    let stream = store.stream("versioned");
    store.append(&stream, StreamState::Any, events(0..5)).await.unwrap();
    let first = AppendToStreamOptions::default().stream_state(StreamState::NoStream);
    let metadata = StreamMetadata::builder().max_count(3).build();
    store.client.set_stream_metadata(stream.as_str(), &first, &metadata).await.unwrap();
    assert!(store.client.set_stream_metadata(stream.as_str(), &first, &metadata).await.is_err());
}

async fn set_raw(store: &Store, stream: &str, metadata: EventData) {
    store.append(&format!("$${stream}"), StreamState::Any, vec![metadata.id(id())]).await.unwrap();
}

/// What is left of five events under such metadata.
async fn left_under(name: &str, metadata: EventData) -> Vec<usize> {
    let store = Store::open().await;
    let stream = store.stream(name);
    store.append(&stream, StreamState::Any, events(0..5)).await.unwrap();
    set_raw(&store, &stream, metadata).await;
    numbers(&store.read(&stream).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_are_what_the_last_event_says_whatever_its_type() {
    let metadata = EventData::json("anything", &json!({ "$maxCount": 2 })).unwrap();
    assert_eq!(left_under("any-type", metadata).await, [3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_are_no_json_or_make_no_sense_limit_nothing() {
    let binary = EventData::binary("$metadata", br#"{"$maxCount":2}"#.as_slice().into());
    assert_eq!(left_under("binary", binary).await.len(), 5);
    let too_large = EventData::json("$metadata", &json!({ "$tb": 9_223_372_036_854_775_808_u64 })).unwrap();
    assert_eq!(left_under("too-large", too_large).await.len(), 5);
}
