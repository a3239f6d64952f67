use eventstore::{BatchAppendOptions, Error, StreamState, TombstoneStreamOptions};
use futures::future::join_all;
use prost::Message as _;

use crate::support::{Store, events, id, numbers, within};
use crate::wire::messages::event_store::client as shared;
use crate::wire::messages::event_store::client::streams as proto;
use crate::wire::{batch_of, event, target};
use proto::write_target::Expected;
use shared::wrong_expected_version::{
    CurrentStreamRevisionOption as Current, ExpectedStreamPositionOption as Wanted,
};

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

/// The code of a batch append's error, the type of its details, and the details.
pub(crate) fn details(answer: &proto::BatchAppendResp) -> (i32, String, Vec<u8>) {
    let Some(proto::batch_append_resp::Result::Error(status)) = &answer.result else { panic!("{answer:?}") };
    let details = status.details.as_ref().expect("the vendor's client for Node.js ends without");
    let message_type = details.type_url.strip_prefix("type.googleapis.com/event_store.client.").unwrap();
    (status.code, message_type.to_owned(), details.value.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_what_it_is_about_in_its_details() {
    const OF_ANY: Expected = Expected::Any(shared::Empty {});
    let store = Store::open().await;
    let Some(wire) = store.wire().await else { return };
    let (stream, gone) = (store.stream("refused"), store.stream("gone"));
    store.append(&stream, StreamState::NoStream, events(0..3)).await.unwrap();
    store.append(&gone, StreamState::NoStream, events(0..1)).await.unwrap();
    store.client.tombstone_stream(gone.as_str(), &TombstoneStreamOptions::default()).await.unwrap();
    let one = || vec![event(id(), "t", "application/json")];
    let batch = async |name: &str, expected, events| {
        details(&wire.batch(vec![batch_of(target(name.as_bytes(), expected), events)]).await.unwrap())
    };

    let (code, message_type, value) = batch(&stream, Expected::Revision(1), one()).await;
    assert_eq!((code, message_type.as_str()), (6, "WrongExpectedVersion"));
    let conflict = shared::WrongExpectedVersion::decode(&value[..]).unwrap();
    assert_eq!(conflict.current_stream_revision_option, Some(Current::CurrentStreamRevision(2)));
    assert_eq!(conflict.expected_stream_position_option, Some(Wanted::ExpectedStreamPosition(1)));

    let absent = store.stream("absent");
    let (_, message_type, value) = batch(&absent, Expected::StreamExists(shared::Empty {}), one()).await;
    assert_eq!(message_type, "WrongExpectedVersion");
    let conflict = shared::WrongExpectedVersion::decode(&value[..]).unwrap();
    assert!(matches!(conflict.current_stream_revision_option, Some(Current::CurrentNoStream(_))));
    assert!(matches!(conflict.expected_stream_position_option, Some(Wanted::ExpectedStreamExists(_))));

    let (code, message_type, value) = batch(&gone, OF_ANY, one()).await;
    assert_eq!((code, message_type.as_str()), (5, "StreamDeleted"));
    let deleted = shared::StreamDeleted::decode(&value[..]).unwrap();
    assert_eq!(deleted.stream_identifier.unwrap().stream_name, gone.as_bytes());

    let mut large = one();
    large[0].data = vec![7; 1_024 * 1_024 + 1].into();
    let (code, message_type, value) = batch(&stream, OF_ANY, large).await;
    assert_eq!((code, message_type.as_str()), (3, "MaximumAppendSizeExceeded"));
    assert_eq!(shared::MaximumAppendSizeExceeded::decode(&value[..]).unwrap().max_append_size, 1_024 * 1_024);
}
