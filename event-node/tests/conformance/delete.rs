use eventstore::{
    AppendToStreamOptions, CurrentRevision, DeleteStreamOptions, Error, EventData, ReadStreamOptions,
    StreamMetadata, StreamMetadataResult, StreamState, TombstoneStreamOptions,
};

use crate::support::{Store, events, numbers, revisions, within};

async fn delete(store: &Store, stream: &str, state: StreamState) -> eventstore::Result<()> {
    let options = DeleteStreamOptions::default().stream_state(state);
    let position = within(store.client.delete_stream(stream, &options)).await?;
    assert!(position.is_some());
    Ok(())
}

async fn tombstone(store: &Store, stream: &str, state: StreamState) -> eventstore::Result<()> {
    let options = TombstoneStreamOptions::default().stream_state(state);
    let position = within(store.client.tombstone_stream(stream, &options)).await?;
    assert!(position.is_some());
    Ok(())
}

async fn filled() -> (Store, String) {
    let store = Store::open().await;
    let stream = store.stream("deleted");
    store.append(&stream, StreamState::NoStream, events(0..3)).await.unwrap();
    (store, stream)
}

async fn set_max_count(store: &Store, stream: &str, count: u64) {
    let metadata = StreamMetadata::builder().max_count(count).build();
    let options = AppendToStreamOptions::default();
    store.client.set_stream_metadata(stream, &options, &metadata).await.unwrap();
}

/// `$maxCount` and `$tb`.
async fn limits(store: &Store, stream: &str) -> (Option<u64>, Option<u64>) {
    let read = store.client.get_stream_metadata(stream, &ReadStreamOptions::default()).await.unwrap();
    let StreamMetadataResult::Success(read) = read else { panic!("no metadata") };
    (read.metadata().max_count, read.metadata().truncate_before)
}

fn is_failed_precondition(error: &Error) -> bool {
    matches!(error, Error::Grpc { code, .. } if format!("{code:?}") == "FailedPrecondition")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_stream_is_not_found_and_goes_on_when_written_to() {
    for recreated_by in [StreamState::NoStream, StreamState::Any, StreamState::StreamRevision(2)] {
        let (store, stream) = filled().await;
        delete(&store, &stream, StreamState::StreamRevision(2)).await.unwrap();
        assert!(matches!(store.read(&stream).await, Err(Error::ResourceNotFound)));
        let written = store.append(&stream, recreated_by, events(3..5)).await.unwrap();
        assert_eq!(written.next_expected_version, 4);
        let read = store.read(&stream).await.unwrap();
        assert_eq!((numbers(&read), revisions(&read)), (vec![3, 4], vec![3, 4]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_expects_a_stream_is_told_that_it_is_deleted() {
    let (store, stream) = filled().await;
    delete(&store, &stream, StreamState::Any).await.unwrap();
    let error = store.append(&stream, StreamState::StreamExists, events(3..4)).await.unwrap_err();
    assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
    assert!(matches!(store.read(&stream).await, Err(Error::ResourceNotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_the_stream_was_deleted_leaves_it_deleted() {
    for state in [StreamState::NoStream, StreamState::Any] {
        let store = Store::open().await;
        let (stream, sent) = (store.stream("deleted"), events(0..3));
        store.append(&stream, state, sent.clone()).await.unwrap();
        delete(&store, &stream, StreamState::Any).await.unwrap();
        let retry = store.append(&stream, state, sent).await.unwrap();
        assert_eq!(retry.next_expected_version, 2);
        assert!(matches!(store.read(&stream).await, Err(Error::ResourceNotFound)), "{state:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_leaves_no_other_metadata() {
    let (store, stream) = filled().await;
    set_max_count(&store, &stream, 2).await;
    delete(&store, &stream, StreamState::Any).await.unwrap();
    store.append(&stream, StreamState::NoStream, events(3..6)).await.unwrap();
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [3, 4, 5]);
    assert_eq!(limits(&store, &stream).await, (None, Some(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_metadata_bring_a_deleted_stream_back_without_what_was_in_it() {
    let (store, stream) = filled().await;
    delete(&store, &stream, StreamState::Any).await.unwrap();
    set_max_count(&store, &stream, 2).await;
    assert_eq!(limits(&store, &stream).await, (Some(2), Some(3)));
    store.append(&stream, StreamState::StreamExists, events(3..4)).await.unwrap();
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_of_nothing_brings_a_deleted_stream_back() {
    let (store, stream) = filled().await;
    delete(&store, &stream, StreamState::Any).await.unwrap();
    let nothing: Vec<EventData> = Vec::new();
    let written = store.append(&stream, StreamState::Any, nothing).await.unwrap();
    assert_eq!(written.next_expected_version, 2);
    store.append(&stream, StreamState::StreamExists, events(3..4)).await.unwrap();
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_checks_the_revision() {
    let (store, stream) = filled().await;
    for wrong in [StreamState::NoStream, StreamState::StreamRevision(1)] {
        let error = delete(&store, &stream, wrong).await.unwrap_err();
        assert!(is_failed_precondition(&error), "{error:?}");
        let error = tombstone(&store, &stream, wrong).await.unwrap_err();
        assert!(is_failed_precondition(&error), "{error:?}");
    }
    assert_eq!(store.read(&stream).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_deleted() {
    let store = Store::open().await;
    for state in [StreamState::Any, StreamState::NoStream] {
        let stream = store.stream("absent");
        let error = delete(&store, &stream, state).await.unwrap_err();
        assert!(is_failed_precondition(&error), "{error:?}");
        let error = store.append(&stream, StreamState::StreamExists, events(0..1)).await.unwrap_err();
        let Error::WrongExpectedVersion { current, .. } = error else { panic!("{error:?}") };
        assert_eq!(current, CurrentRevision::NoStream);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstoned_stream_is_gone_for_good_and_its_metadata_too() {
    let (store, stream) = filled().await;
    set_max_count(&store, &stream, 2).await;
    tombstone(&store, &stream, StreamState::StreamRevision(2)).await.unwrap();
    for name in [stream.clone(), format!("$${stream}")] {
        assert!(matches!(store.read(&name).await, Err(Error::ResourceDeleted)), "{name}");
        for state in [StreamState::Any, StreamState::NoStream, StreamState::StreamRevision(2)] {
            let error = store.append(&name, state, events(3..4)).await.unwrap_err();
            assert!(matches!(error, Error::ResourceDeleted), "{name}: {error:?}");
        }
    }
    let error = tombstone(&store, &stream, StreamState::Any).await.unwrap_err();
    assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
}
