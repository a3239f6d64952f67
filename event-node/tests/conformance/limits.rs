use bytes::Bytes;
use eventstore::{Error, EventData, StreamState};
use uuid::Uuid;

use crate::support::{Store, TYPE, id};
use crate::wire::messages::event_store::client::streams::write_target::Expected;
use crate::wire::{append_of, event, target};

const MIB: usize = 1_024 * 1_024;

fn sized(bytes: usize) -> EventData {
    EventData::binary(TYPE, vec![b'x'; bytes].into()).id(id())
}

fn is_refused(result: &eventstore::Result<eventstore::WriteResult>) -> bool {
    matches!(result, Err(Error::Grpc { code, .. }) if format!("{code:?}") == "InvalidArgument")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_nearly_a_mebibyte_is_read_back_whole() {
    let store = Store::open().await;
    let stream = store.stream("big");
    for revision in 0..4 {
        let big = sized(MIB - 4_096);
        let written = store.append(&stream, StreamState::Any, vec![big]).await.unwrap();
        assert_eq!(written.next_expected_version, revision);
    }
    let read = store.read(&stream).await.unwrap();
    assert_eq!(read.len(), 4);
    assert!(read.iter().all(|event| event.data.len() == MIB - 4_096 && !event.is_json));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_above_a_mebibyte_is_refused_whole() {
    let store = Store::open().await;
    let stream = store.stream("too-big");
    let one = store.append(&stream, StreamState::Any, vec![sized(MIB + 1)]).await;
    assert!(is_refused(&one), "{one:?}");
    let several = store.append(&stream, StreamState::Any, (0..5).map(|_| sized(MIB / 4)).collect()).await;
    assert!(is_refused(&several), "{several:?}");
    assert!(matches!(store.read(&stream).await, Err(Error::ResourceNotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_payload_is_a_payload() {
    let store = Store::open().await;
    let stream = store.stream("empty");
    store.append(&stream, StreamState::Any, vec![sized(0)]).await.unwrap();
    let read = store.read(&stream).await.unwrap();
    assert!(read[0].data.is_empty() && read[0].custom_metadata.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_of_a_mebibyte_is_taken_whatever_its_type_is() {
    let store = Store::open().await;
    let stream = store.stream("just-fits");
    store.append(&stream, StreamState::Any, vec![sized(MIB)]).await.unwrap();
    assert_eq!(store.read(&stream).await.unwrap()[0].data.len(), MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_type_or_with_an_id_of_zero_is_refused() {
    let store = Store::open().await;
    let stream = store.stream("unfit");
    for unfit in [EventData::binary("", Bytes::new()).id(id()), sized(1).id(Uuid::nil())] {
        let refused = store.append(&stream, StreamState::Any, vec![unfit]).await;
        assert!(matches!(refused, Err(Error::ServerError(_))), "{refused:?}");
    }
    assert!(matches!(store.read(&stream).await, Err(Error::ResourceNotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_json_is_binary_whatever_it_was_called() {
    let store = Store::open().await;
    let Some(wire) = store.wire().await else { return };
    let stream = store.stream("typed");
    let any = Expected::Any(crate::wire::messages::event_store::client::Empty {});
    let text = event(id(), TYPE, "text/plain");
    wire.append(append_of(target(stream.as_bytes(), any), vec![text])).await.unwrap();
    assert_eq!(store.read(&stream).await.unwrap()[0].metadata["content-type"], "application/octet-stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_eighteen_mebibytes_is_too_much() {
    let store = Store::open().await;
    let stream = store.stream("far-too-big");
    let refused = store.append(&stream, StreamState::Any, vec![sized(18 * MIB)]).await;
    let Err(Error::Grpc { code, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(format!("{code:?}"), "ResourceExhausted");
}
