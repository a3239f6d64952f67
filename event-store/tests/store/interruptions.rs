//! Subscriptions that a server interrupts. While the clock is paused, it leaps to the next deadline whenever everybody waits.

use std::sync::Arc;

use event_store::{After, Cause, StreamFilter, SubscriptionItem};
use tonic::Status;

use crate::proxy::Proxy;
use crate::rude_server::{CHECKPOINT, RudeServer, caught_up, checkpoint, confirmed, event_at};
use crate::store_server::OwnNode;
use crate::support::{begun_stream, in_time, next, next_event, store_at};

#[tokio::test(start_paused = true)]
async fn a_subscription_that_the_server_ends_in_good_order_is_resumed_after_its_checkpoint() {
    let mut server = RudeServer::start(&Arc::default()).await;
    let mut subscription = store_at(server.address).subscribe(After::Start, StreamFilter::all());

    let item = next(&mut subscription).await;
    assert!(matches!(item, SubscriptionItem::Checkpoint(1_000)), "{item:?}");
    let item = next(&mut subscription).await;
    assert!(
        matches!(&item, SubscriptionItem::Disconnected(fault) if fault.to_string().contains("ended")),
        "{item:?}"
    );
    assert_eq!(in_time(server.asked.recv()).await, Some(None));
    assert_eq!(in_time(server.asked.recv()).await, Some(Some(CHECKPOINT)));
    assert!(server.asked.len() < 10, "the longer it lasts, the rarer it is tried");
}

/// As a server does of late readers; it is a matter of milliseconds.
#[tokio::test(start_paused = true)]
async fn a_subscriber_that_was_too_slow_goes_on_where_it_was_and_on_the_same_connection() {
    let mut server = RudeServer::start(&Arc::default()).await;
    let proxy = Proxy::start(server.address).await;
    let too_slow = || Err(Status::aborted("Consumer too slow"));
    server.answer_reads([
        vec![Ok(confirmed()), Ok(caught_up()), Ok(event_at(10)), Ok(event_at(20)), too_slow()],
        vec![Ok(confirmed()), Ok(event_at(20)), Ok(event_at(30)), too_slow()],
        vec![Ok(confirmed()), Ok(caught_up()), Ok(event_at(40))],
    ]);
    let mut subscription = store_at(proxy.address()).subscribe(After::Start, StreamFilter::all());
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
    for position in [10, 20, 30] {
        let item = next(&mut subscription).await;
        assert!(matches!(&item, SubscriptionItem::Event(event) if event.position == position), "{item:?}");
    }
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
    assert_eq!(next_event(&mut subscription).await.position, 40);
    for from in [None, Some((20, 20)), Some((30, 30))] {
        assert_eq!(in_time(server.asked.recv()).await, Some(from));
    }
    assert_eq!(proxy.connections(), 1);
}

/// Also one that nobody else notices, and while there is nothing to deliver: another log may be shorter.
#[tokio::test(start_paused = true)]
async fn that_it_goes_on_after_an_interruption_is_told_before_anything_else() {
    let mut server = RudeServer::start(&Arc::default()).await;
    let broken_off = || Err(Status::unavailable("somebody has tripped over a cable"));
    server.answer_reads([
        vec![Ok(confirmed()), Ok(event_at(10)), broken_off()],
        vec![Ok(confirmed()), broken_off()],
        vec![Ok(confirmed()), Ok(event_at(20))],
    ]);
    let mut subscription = store_at(server.address).subscribe(After::Start, StreamFilter::all());
    let mut items = Vec::new();
    for _ in 0..4 {
        items.push(match in_time(subscription.next()).await {
            SubscriptionItem::Event(event) => Some(event.position),
            SubscriptionItem::Resumed => None,
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(items, [Some(10), None, None, Some(20)]);
    for from in [None, Some((10, 10)), Some((10, 10))] {
        assert_eq!(in_time(server.asked.recv()).await, Some(from));
    }
}

/// The position of a checkpoint that is no record's start is good for the server, which has given it, and for nobody else.
#[tokio::test(start_paused = true)]
async fn a_checkpoint_between_records_is_used_and_not_told() {
    let mut server = RudeServer::start(&Arc::default()).await;
    let broken_off = || Err(Status::unavailable("somebody has tripped over a cable"));
    server.answer_reads([
        vec![Ok(confirmed()), Ok(event_at(10)), Ok(checkpoint((500, 0))), broken_off()],
        vec![Ok(confirmed()), Ok(checkpoint((600, 600)))],
    ]);
    let mut subscription = store_at(server.address).subscribe(After::Start, StreamFilter::all());
    assert_eq!(next_event(&mut subscription).await.position, 10);
    let item = next(&mut subscription).await;
    assert!(matches!(item, SubscriptionItem::Checkpoint(600)), "{item:?}");
    for from in [None, Some((500, 0))] {
        assert_eq!(in_time(server.asked.recv()).await, Some(from));
    }
}

#[tokio::test(start_paused = true)]
async fn a_position_that_is_not_of_this_store_is_named_at_once() {
    let server = RudeServer::start(&Arc::default()).await;
    let foreign = || vec![Err(Status::unknown("Exception was thrown by handler."))];
    server.answer_reads(std::iter::repeat_with(foreign).take(100));
    let store = store_at(server.address);
    let mut subscription = store.subscribe(After::Position(77), StreamFilter::all());
    let item = next(&mut subscription).await;
    assert!(
        matches!(&item, SubscriptionItem::Disconnected(fault) if fault.cause() == Cause::UnknownPosition),
        "{item:?}"
    );
    let read = store.read_all(Some(77), 10, &StreamFilter::all()).await.unwrap_err();
    assert_eq!(read.fault().cause(), Cause::UnknownPosition, "{read:?}");
}

/// A connection that breaks says nothing of the position.
#[tokio::test]
async fn a_connection_that_breaks_is_not_taken_for_another_store() {
    let node = OwnNode::start("puts a wire before it").await;
    let proxy = Proxy::start(node.address()).await;
    let store = store_at(proxy.address());
    let stream = begun_stream(&store, "broken").await;
    let first = store.load(&stream, None).await.unwrap().remove(0);
    let mut subscription = store.subscribe(After::Position(first.position), StreamFilter::all());
    assert!(matches!(next(&mut subscription).await, SubscriptionItem::CaughtUp));
    drop(proxy);
    let item = next(&mut subscription).await;
    assert!(
        matches!(&item, SubscriptionItem::Disconnected(fault) if fault.cause() == Cause::Unreachable),
        "{item:?}"
    );
}
