use std::time::Duration;

use event_store::{After, ExpectedRevision, StreamFilter, SubscriptionItem};
use tokio::time::timeout;

use crate::store_server::OwnNode;
use crate::support::{
    begun_stream, given_store, in_time, new_event, new_events, new_name, next, next_event,
    revisions_until_other, store_at,
};

#[tokio::test]
async fn a_subscription_catches_up_and_then_follows() {
    let given = given_store().await;
    let stream = new_name("followed");
    let store = &given.store;
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..3)).await.unwrap();

    let mut of_log = store.subscribe(After::Start, StreamFilter::prefixes([stream.as_str()]));
    let mut of_stream = store.subscribe_stream(&stream, Some(0));
    let mut caught_up = Vec::new();
    loop {
        match next(&mut of_log).await {
            SubscriptionItem::Event(event) => caught_up.push(event),
            SubscriptionItem::CaughtUp => break,
            SubscriptionItem::Checkpoint(_) | SubscriptionItem::Resumed => {}
            SubscriptionItem::Disconnected(fault) => panic!("{fault}"),
        }
    }
    assert_eq!(caught_up, store.load(&stream, None).await.unwrap());
    let (revisions, then) = revisions_until_other(&mut of_stream).await;
    assert_eq!(revisions, [1, 2]);
    assert!(matches!(then, SubscriptionItem::CaughtUp), "{then:?}");

    let appended = store.append(&stream, ExpectedRevision::Exact(2), &new_events(3..4)).await.unwrap();
    for subscription in [&mut of_log, &mut of_stream] {
        let live = next_event(subscription).await;
        assert_eq!((live.revision, live.position), (appended.revision, appended.position));
    }
}

#[tokio::test]
async fn a_stream_can_be_followed_before_it_exists() {
    let given = given_store().await;
    let stream = new_name("awaited");
    let mut subscription = given.store.subscribe_stream(&stream, None);
    // A server may say that it has caught up now, or once the stream exists.
    given.store.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    assert_eq!(next_event(&mut subscription).await.revision, 0);
}

#[tokio::test]
async fn a_subscription_survives_a_restart_of_the_server_without_gap_or_duplicate() {
    let mut node = OwnNode::start("stops it").await;
    let store = store_at(node.address());
    let stream = new_name("survived");
    let filter = StreamFilter::prefixes([stream.as_str()]);
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..2)).await.unwrap();
    let mut of_log = store.subscribe(After::Start, filter);
    let mut of_stream = store.subscribe_stream(&stream, None);
    for subscription in [&mut of_log, &mut of_stream] {
        assert_eq!(next_event(subscription).await.revision, 0);
    }

    for round in 0..3 {
        node.stop().await;
        node.start_again().await;
        store.append(&stream, ExpectedRevision::Exact(1 + round), &[new_event(0)]).await.unwrap();
    }

    for subscription in [&mut of_log, &mut of_stream] {
        for expected in 1..=4 {
            assert_eq!(next_event(subscription).await.revision, expected);
        }
    }
}

#[tokio::test]
async fn an_interruption_that_lasts_is_said_once_and_so_is_its_end() {
    let mut node = OwnNode::start("stops it").await;
    let store = store_at(node.address());
    let stream = begun_stream(&store, "interrupted").await;
    let mut subscription = store.subscribe_stream(&stream, Some(0));
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
    node.stop().await;
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::Disconnected(_)));
    node.start_again().await;
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
}

#[tokio::test]
async fn a_filtered_subscription_can_be_resumed_after_a_checkpoint() {
    let given = given_store().await;
    let (store, wanted, noise) = (&given.store, new_name("wanted"), new_name("noise"));
    let filter = StreamFilter::prefixes([wanted.as_str()]);
    let event = store.append(&wanted, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();

    let mut subscription = store.subscribe(After::Position(event.position), filter.clone());
    while !matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp) {}
    // A server need not say how far it has searched before there is more.
    let noises = async {
        loop {
            store.append(&noise, ExpectedRevision::Any, &new_events(0..50)).await.unwrap();
        }
    };
    let searched = async {
        loop {
            match next(&mut subscription).await {
                SubscriptionItem::Checkpoint(position) if position > event.position => break position,
                SubscriptionItem::Event(event) => panic!("{event:?} comes before where it was to begin"),
                _ => {}
            }
        }
    };
    let checkpoint = tokio::select! {
        () = noises => unreachable!("there is no end to it"),
        checkpoint = searched => checkpoint,
    };
    drop(subscription);

    store.append(&wanted, ExpectedRevision::Exact(0), &new_events(1..2)).await.unwrap();
    let mut resumed = store.subscribe(After::Position(checkpoint), filter);
    assert_eq!(next_event(&mut resumed).await.revision, 1);
}

#[tokio::test]
async fn an_item_is_not_lost_with_the_future_that_waited_for_it() {
    let given = given_store().await;
    let stream = new_name("patient");
    given.store.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    let mut subscription = given.store.subscribe_stream(&stream, Some(0));
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
    assert!(timeout(Duration::ZERO, subscription.next()).await.is_err());
    given.store.append(&stream, ExpectedRevision::Exact(0), &new_events(1..51)).await.unwrap();
    let mut revisions = Vec::new();
    while revisions.len() < 50 {
        if let Ok(SubscriptionItem::Event(event)) = timeout(Duration::ZERO, subscription.next()).await {
            revisions.push(event.revision);
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(revisions, (1..51).collect::<Vec<_>>());
}

#[tokio::test]
async fn subscribers_that_stop_reading_hold_nobody_up() {
    let given = given_store().await;
    let (store, stream) = (&given.store, new_name("unread"));
    let mut large = new_events(0..8);
    for event in &mut large {
        event.payload = format!(r#""{}""#, "x".repeat(100_000)).into_bytes();
    }
    let idle: Vec<_> = (0..6).map(|_| store.subscribe_stream(&stream, None)).collect();
    let mut reading = store.subscribe_stream(&stream, None);
    // More than the windows of a connection and the items fetched ahead can hold.
    for _ in 0..60 {
        for event in &mut large {
            event.event_id = new_event(0).event_id;
        }
        in_time(store.append(&stream, ExpectedRevision::Any, &large)).await.unwrap();
    }
    for expected in 0..480 {
        assert_eq!(next_event(&mut reading).await.revision, expected);
    }
    drop(idle);
}
