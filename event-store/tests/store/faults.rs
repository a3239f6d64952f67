use std::time::Duration;

use event_store::{AppendError, Cause, ExpectedRevision, ReadError, SubscriptionItem};
use futures::future;
use tokio::time;

use crate::proxy::{Proxy, Traffic};
use crate::store_server::OwnNode;
use crate::support::{begun_stream, in_time, new_event, new_events, new_name, next, next_event, store_at};

#[tokio::test]
async fn a_store_whose_first_connection_failed_connects_when_the_server_is_up() {
    let mut node = OwnNode::start("stops it").await;
    node.stop().await;
    let store = store_at(node.address());
    let stream = new_name("late");
    let events = new_events(0..1);
    let mut subscription = store.subscribe_stream(&stream, None);

    let refused = in_time(store.append(&stream, ExpectedRevision::NoStream, &events)).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    assert!(matches!(in_time(store.load(&stream, None)).await, Err(ReadError::Unavailable(_))));
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::Disconnected(_)));

    node.start_again().await;
    in_time(store.append(&stream, ExpectedRevision::NoStream, &events)).await.unwrap();
    assert_eq!(next_event(&mut subscription).await.revision, 0);
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_to_be_and_is_found_again() {
    let mut node = OwnNode::start("stops it").await;
    let store = store_at(node.address());
    let stream = new_name("gone");
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    node.stop().await;

    let events = new_events(1..2);
    let refused = in_time(store.append(&stream, ExpectedRevision::Exact(0), &events)).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    assert!(matches!(in_time(store.load(&stream, None)).await, Err(ReadError::Unavailable(_))));

    node.start_again().await;
    let appended = in_time(store.append(&stream, ExpectedRevision::Exact(0), &events)).await.unwrap();
    assert_eq!(appended.revision, 1);
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_is_found_out_by_appending_again() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let (near, far) = (store_at(node.address()), store_at(proxy.address()));
    let stream = new_name("unanswered");
    far.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    let events = new_events(1..4);

    proxy.set(Traffic::HoldAnswers);
    let append = tokio::spawn({
        let (far, stream, events) = (far.clone(), stream.clone(), events.clone());
        async move { far.append(&stream, ExpectedRevision::Exact(0), &events).await }
    });
    let mut committed = near.subscribe_stream(&stream, Some(2));
    let last = next_event(&mut committed).await;
    proxy.cut();

    let found = in_time(append).await.unwrap().unwrap();
    assert_eq!((found.revision, found.position), (last.revision, last.position));
    let again = in_time(far.append(&stream, ExpectedRevision::Exact(0), &events)).await.unwrap();
    assert_eq!(again, found);
    assert_eq!(near.load(&stream, None).await.unwrap().len(), 4);
}

/// While the clock is paused, it leaps to the next deadline whenever everybody waits.
#[tokio::test]
async fn a_network_that_swallows_everything_is_given_up_at_the_deadline() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let store = store_at(proxy.address());
    let stream = new_name("swallowed");
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
    let events = new_events(1..3);

    proxy.set(Traffic::HoldAll);
    time::pause();
    let sent = in_time(store.append(&stream, ExpectedRevision::Exact(0), &events)).await;
    let Err(AppendError::OutcomeUnknown(fault)) = sent else { panic!("{sent:?}") };
    assert_eq!(fault.cause(), Cause::Silent, "{fault}");
    // The connection is not trusted any more, and on a new one nothing has been sent yet.
    let unsent = in_time(store.append(&stream, ExpectedRevision::Exact(0), &events)).await;
    assert!(matches!(unsent, Err(AppendError::Unavailable(_))), "{unsent:?}");
    assert!(matches!(in_time(store.load(&stream, None)).await, Err(ReadError::Unavailable(_))));

    time::resume();
    proxy.set(Traffic::Flow);
    let appended = in_time(store.append(&stream, ExpectedRevision::Exact(0), &events)).await.unwrap();
    assert_eq!(appended.revision, 2);
    assert_eq!(store_at(node.address()).load(&stream, None).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_read_that_falls_silent_in_its_middle_is_given_up_at_the_deadline() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let stream = new_name("half-read");
    let mut large = new_event(0);
    large.payload = format!(r#""{}""#, "x".repeat(1_000_000)).into_bytes();
    store_at(node.address()).append(&stream, ExpectedRevision::NoStream, &[large]).await.unwrap();

    proxy.set(Traffic::HoldAnswersAfter(500_000));
    let store = store_at(proxy.address());
    let silence = async {
        proxy.holding().await;
        time::pause();
        time::Instant::now()
    };
    let (half, silent_since) = in_time(future::join(store.load(&stream, None), silence)).await;
    assert!(matches!(half, Err(ReadError::Unavailable(_))), "{half:?}");
    // Sooner than the keepalive, which would end it too.
    assert!(silent_since.elapsed() < Duration::from_secs(15), "{:?}", silent_since.elapsed());
}

#[tokio::test]
async fn a_subscription_notices_that_its_network_swallows_everything() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let near = store_at(node.address());
    let stream = begun_stream(&near, "silent").await;
    let mut subscription = store_at(proxy.address()).subscribe_stream(&stream, Some(0));
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));

    proxy.set(Traffic::HoldAll);
    near.append(&stream, ExpectedRevision::Exact(0), &new_events(1..2)).await.unwrap();
    time::pause();
    // Four seconds until the connection is known to be dead, two until that is worth a report, and a new one in between.
    let item = time::timeout(Duration::from_secs(9), subscription.next()).await.unwrap();
    assert!(matches!(item, SubscriptionItem::Disconnected(_)), "{item:?}");
    time::resume();
    proxy.cut();
    assert_eq!(next_event(&mut subscription).await.revision, 1);
}

#[tokio::test]
async fn a_subscription_that_is_dropped_closes_its_connection() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let store = store_at(proxy.address());
    let mut open = proxy.open_connections();
    let stream = begun_stream(&store_at(node.address()), "dropped").await;
    let mut subscriptions: Vec<_> = (0..5).map(|_| store.subscribe_stream(&stream, Some(0))).collect();
    for subscription in &mut subscriptions {
        assert!(matches!(next(subscription).await, SubscriptionItem::CaughtUp));
    }
    assert_eq!(*open.borrow(), 5);
    drop(subscriptions);
    in_time(open.wait_for(|open| *open == 0)).await.unwrap();
}
