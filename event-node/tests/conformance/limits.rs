use eventstore::{Error, EventData, StreamState};

use crate::support::{Store, TYPE, id};

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
