use eventstore::{BatchAppendOptions, Error, StreamState};
use futures::future::join_all;

use crate::support::{Store, events, numbers, within};

#[tokio::test(flavor = "multi_thread")]
async fn appends_in_flight_together_are_all_stored() {
    let store = Store::open().await;
    let batch = store.client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    let streams: Vec<_> = (0..200).map(|number| store.stream(&format!("s{number}"))).collect();
    let appends =
        streams.iter().map(|stream| batch.append_to_stream(stream, StreamState::NoStream, events(0..2)));
    for (result, stream) in within(join_all(appends)).await.into_iter().zip(&streams) {
        let result = result.unwrap();
        assert_eq!(result.stream_name(), stream);
        assert_eq!(result.current_revision(), Some(1));
        assert!(result.current_position().is_some());
    }
    for stream in &streams {
        assert_eq!(numbers(&store.read(stream).await.unwrap()), [0, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_of_one_caller_keep_their_order() {
    let store = Store::open().await;
    let stream = store.stream("ordered");
    let batch = store.client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    let appends =
        (0..100).map(|number| batch.append_to_stream(&stream, StreamState::Any, events(number..number + 1)));
    for result in within(join_all(appends)).await {
        result.unwrap();
    }
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), (0..100).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_told() {
    let store = Store::open().await;
    let stream = store.stream("conflict");
    let batch = store.client.batch_append(&BatchAppendOptions::default()).await.unwrap();
    within(batch.append_to_stream(&stream, StreamState::NoStream, events(0..1))).await.unwrap();
    let again = within(batch.append_to_stream(&stream, StreamState::NoStream, events(1..2))).await;
    let Err(Error::Grpc { code, .. }) = again else { panic!("{again:?}") };
    // The type of the code is from a crate that is not a dependency here.
    assert_eq!(format!("{code:?}"), "AlreadyExists");
    assert_eq!(numbers(&store.read(&stream).await.unwrap()), [0]);
}
