use event_store::{AppendError, ExpectedRevision};
use futures::future::try_join_all;

use crate::proxy::{Proxy, Traffic};
use crate::store_server::OwnNode;
use crate::support::{given_store, in_time, new_event, new_events, new_name, next_event, store_at};

#[tokio::test]
async fn what_is_appended_is_loaded_whole_and_in_order() {
    let given = given_store().await;
    let stream = new_name("whole");
    let new = new_events(0..3);

    let appended = given.store.append(&stream, ExpectedRevision::NoStream, &new).await.unwrap();
    let loaded = given.store.load(&stream, None).await.unwrap();

    assert_eq!(loaded.len(), new.len());
    for ((revision, new), loaded) in (0..).zip(&new).zip(&loaded) {
        assert_eq!(&*loaded.stream, stream);
        assert_eq!(loaded.revision, revision);
        assert_eq!(loaded.event_id, new.event_id);
        assert_eq!(loaded.event_type, new.event_type);
        assert_eq!(loaded.payload, new.payload);
        assert_eq!(loaded.metadata().unwrap(), new.metadata);
    }
    assert!(loaded.is_sorted_by(|a, b| a.position < b.position));
    assert_eq!((appended.revision, appended.position), (2, loaded[2].position));
}

#[tokio::test]
async fn an_append_onto_another_revision_meets_a_conflict_that_says_which() {
    let given = given_store().await;
    let stream = new_name("conflict");

    let onto_nothing = given.store.append(&stream, ExpectedRevision::Exact(5), &new_events(0..1)).await;
    assert!(matches!(onto_nothing, Err(AppendError::Conflict { current: None, .. })), "{onto_nothing:?}");

    given.store.append(&stream, ExpectedRevision::NoStream, &new_events(0..2)).await.unwrap();
    for expected in [ExpectedRevision::NoStream, ExpectedRevision::Exact(0), ExpectedRevision::Exact(7)] {
        let refused = given.store.append(&stream, expected, &new_events(2..3)).await;
        assert!(
            matches!(refused, Err(AppendError::Conflict { current: Some(1), .. })),
            "{expected:?}: {refused:?}"
        );
    }
    assert_eq!(given.store.load(&stream, None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_repeated_append_is_answered_like_the_first() {
    let given = given_store().await;
    let stream = new_name("repeated");
    let opening = new_events(0..2);
    let following = new_events(2..5);

    let first = given.store.append(&stream, ExpectedRevision::NoStream, &opening).await.unwrap();
    let second = given.store.append(&stream, ExpectedRevision::Exact(1), &following).await.unwrap();

    let repeated = given.store.append(&stream, ExpectedRevision::Exact(1), &following).await.unwrap();
    assert_eq!(repeated, second);
    let repeated = given.store.append(&stream, ExpectedRevision::NoStream, &opening).await.unwrap();
    assert_eq!(repeated, first);
    assert_eq!(given.store.stream_revision(&stream).await.unwrap(), Some(4));
}

#[tokio::test]
async fn an_append_that_is_not_fit_to_be_sent_is_named_as_such() {
    let given = given_store().await;
    let stream = new_name("unfit");

    let mut large = new_event(0);
    large.payload = format!(r#""{}""#, "x".repeat(1024 * 1024)).into_bytes();
    let refused = given.store.append(&stream, ExpectedRevision::NoStream, &[large]).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { limit: 1_048_576, .. })), "{refused:?}");

    let mut garbled = new_event(0);
    garbled.payload.push(b'}');
    let refused = given.store.append(&stream, ExpectedRevision::NoStream, &[garbled]).await;
    assert!(matches!(refused, Err(AppendError::Rejected(_))), "{refused:?}");

    let refused = given.store.append(&stream, ExpectedRevision::NoStream, &[]).await;
    assert!(matches!(refused, Err(AppendError::Rejected(_))), "{refused:?}");

    assert_eq!(given.store.stream_revision(&stream).await.unwrap(), None);
}

#[tokio::test]
async fn appends_through_one_store_do_not_wait_for_each_other() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let (near, far) = (store_at(node.address()), store_at(proxy.address()));
    let streams: Vec<_> = (0..64).map(|_| new_name("abreast")).collect();
    far.append(&new_name("connect"), ExpectedRevision::Any, &new_events(0..1)).await.unwrap();

    proxy.set(Traffic::HoldAnswers);
    let appends = streams.iter().map(|stream| {
        let (far, stream) = (far.clone(), stream.clone());
        tokio::spawn(async move { far.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await })
    });
    let appends: Vec<_> = appends.collect();
    // Every one of them is stored before any of them is answered.
    for stream in &streams {
        next_event(&mut near.subscribe_stream(stream, None)).await;
        assert_eq!(near.stream_revision(stream).await.unwrap(), Some(0));
    }
    proxy.set(Traffic::Flow);
    for appended in in_time(try_join_all(appends)).await.unwrap() {
        assert_eq!(appended.unwrap().revision, 0);
    }
}
