use eventstore::{
    AppendToStreamOptions, CurrentRevision, DeleteStreamOptions, Error, ReadStreamOptions,
    StreamMetadataResult, StreamState, TombstoneStreamOptions,
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
async fn a_deleted_stream_does_not_exist() {
    let (store, stream) = filled().await;
    delete(&store, &stream, StreamState::Any).await.unwrap();
    let error = store.append(&stream, StreamState::StreamExists, events(3..4)).await.unwrap_err();
    let Error::WrongExpectedVersion { expected, current } = error else { panic!("{error:?}") };
    assert_eq!((expected, current), (StreamState::StreamExists, CurrentRevision::Current(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_keeps_the_other_metadata() {
    let (store, stream) = filled().await;
    let metadata = eventstore::StreamMetadata::builder().max_count(2).build();
    let options = AppendToStreamOptions::default();
    store.client.set_stream_metadata(stream.as_str(), &options, &metadata).await.unwrap();
    delete(&store, &stream, StreamState::Any).await.unwrap();
    store.append(&stream, StreamState::NoStream, events(3..6)).await.unwrap();
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [4, 5]);
    let read =
        store.client.get_stream_metadata(stream.as_str(), &ReadStreamOptions::default()).await.unwrap();
    let StreamMetadataResult::Success(read) = read else { panic!("no metadata") };
    assert_eq!((read.metadata().max_count, read.metadata().truncate_before), (Some(2), Some(3)));
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
async fn a_tombstoned_stream_is_gone_for_good() {
    let (store, stream) = filled().await;
    tombstone(&store, &stream, StreamState::StreamRevision(2)).await.unwrap();
    assert!(matches!(store.read(&stream).await, Err(Error::ResourceDeleted)));
    for state in [StreamState::Any, StreamState::NoStream, StreamState::StreamRevision(2)] {
        let error = store.append(&stream, state, events(3..4)).await.unwrap_err();
        assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
    }
    let error = tombstone(&store, &stream, StreamState::Any).await.unwrap_err();
    assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
}
