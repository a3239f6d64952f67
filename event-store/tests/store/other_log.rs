//! Another log at the address of the one that was read.

use event_store::{Cause, ExpectedRevision, ReadError, SubscriptionItem};

use crate::store_server::OwnNode;
use crate::support::{in_time, new_events, new_name, next, next_event, store_at};

#[tokio::test]
async fn nothing_is_sent_to_a_log_without_the_event_that_is_expected_until_the_right_one_is_back() {
    let mut node = OwnNode::start("exchanges its files").await;
    let store = store_at(node.address());
    let stream = new_name("expected");
    store.append(&stream, ExpectedRevision::NoStream, &new_events(0..2)).await.unwrap();
    let mut subscription = store.subscribe_stream(&stream, None);
    let (first, last) = (next_event(&mut subscription).await, next_event(&mut subscription).await);
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
    store.expect(last.landmark());
    store.expect(first.landmark());
    assert!(store.recognised().is_ok());

    // A stream that would take the append.
    let (own, others) = (node.folder("first"), node.folder("other"));
    node.exchange(&others).await;
    let other = store_at(node.address());
    other.append(&stream, ExpectedRevision::NoStream, &new_events(0..2)).await.unwrap();
    let events = new_events(2..3);
    let refused = in_time(store.append(&stream, ExpectedRevision::Exact(1), &events)).await.unwrap_err();
    let fault = refused.fault().unwrap();
    assert_eq!(fault.cause(), Cause::OtherLog, "{fault}");
    assert!(fault.to_string().contains(&last.landmark().to_string()), "{fault}: the one furthest in the log");
    let read = in_time(store.load(&stream, None)).await.unwrap_err();
    assert!(matches!(&read, ReadError::Unavailable(fault) if fault.cause() == Cause::OtherLog), "{read:?}");
    assert_eq!(store.recognised().unwrap_err().cause(), Cause::OtherLog);
    let told = next(&mut subscription).await;
    assert!(
        matches!(&told, SubscriptionItem::Disconnected(fault) if fault.cause() == Cause::OtherLog),
        "{told:?}"
    );
    assert_eq!(other.load(&stream, None).await.unwrap().len(), 2);

    node.exchange(&own).await;
    let appended = in_time(store.append(&stream, ExpectedRevision::Exact(1), &events)).await.unwrap();
    assert_eq!(appended.revision, 2);
    assert!(store.recognised().is_ok());
    assert_eq!(next_event(&mut subscription).await.event_id, events[0].event_id);
}
