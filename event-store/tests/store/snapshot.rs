use event_store::{ExpectedRevision, Snapshot};
use event_store_protocol::event_store::client::streams::append_req::Content;

use crate::rude_server::RudeServer;
use crate::support::{given_store, new_events, new_name, store_at};

fn snapshot(revision: u64) -> Snapshot {
    Snapshot { version: 3, revision, payload: vec![0, 159, 146, 150, u8::try_from(revision).unwrap()] }
}

#[tokio::test]
async fn only_the_newest_snapshot_is_kept() {
    let given = given_store().await;
    let stream = new_name("snapshot");
    assert_eq!(given.store.load_snapshot(&stream).await.unwrap(), None);

    for revision in [10, 20, 30] {
        given.store.save_snapshot(&stream, &snapshot(revision)).await.unwrap();
        assert_eq!(given.store.load_snapshot(&stream).await.unwrap(), Some(snapshot(revision)));
    }
    let kept = given.store.load(&stream, None).await.unwrap();
    assert_eq!(kept.iter().map(|event| event.revision).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn two_processes_may_save_to_the_same_stream() {
    let given = given_store().await;
    let stream = new_name("snapshot");
    for store in [given.server.store(), given.server.store()] {
        store.save_snapshot(&stream, &snapshot(10)).await.unwrap();
        store.save_snapshot(&stream, &snapshot(20)).await.unwrap();
        assert_eq!(store.load(&stream, None).await.unwrap().len(), 1);
        assert_eq!(store.load_snapshot(&stream).await.unwrap(), Some(snapshot(20)));
    }
}

#[tokio::test]
async fn what_is_not_a_snapshot_is_passed_over() {
    let given = given_store().await;
    let stream = new_name("snapshot");
    given.store.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    assert_eq!(given.store.load_snapshot(&stream).await.unwrap(), None);
}

/// What expires by the store's clock would be gone as soon as that clock jumps.
#[tokio::test]
async fn no_stream_of_ours_has_events_that_expire() {
    let mut server = RudeServer::storing().await;
    store_at(server.address).save_snapshot("s", &snapshot(10)).await.unwrap();
    let first = server.appended.recv().await.unwrap();
    let [target, metadata] = &first[..] else { panic!("{first:?}") };
    let Some(Content::Options(target)) = &target.content else { panic!("{target:?}") };
    assert_eq!(&*target.stream_identifier.as_ref().unwrap().stream_name, b"$$s");
    let Some(Content::ProposedMessage(metadata)) = &metadata.content else { panic!("{metadata:?}") };
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.data).unwrap();
    assert_eq!(metadata, serde_json::json!({ "$maxCount": 1 }));
}
