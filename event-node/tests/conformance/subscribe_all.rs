use eventstore::{
    Client, Position, StreamPosition, StreamState, SubscribeToAllOptions, Subscription, SubscriptionFilter,
};

use crate::support::{Said, Store, caught_up, events, next_numbers, said};

fn of(store: &Store, name: &str) -> SubscribeToAllOptions {
    SubscribeToAllOptions::default()
        .filter(SubscriptionFilter::on_stream_name().add_prefix(store.stream(name)))
}

async fn follow(client: &Client, options: SubscribeToAllOptions) -> Subscription {
    client.subscribe_to_all(&options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admitted_events_come_stored_and_live() {
    let store = Store::open().await;
    store.append(&store.stream("in-1"), StreamState::Any, events(0..300)).await.unwrap();
    store.append(&store.stream("out"), StreamState::Any, events(900..950)).await.unwrap();
    let mut subscription = follow(&store.client, of(&store, "in")).await;
    assert_eq!(caught_up(&mut subscription).await, (0..300).collect::<Vec<_>>());
    store.append(&store.stream("out"), StreamState::Any, events(950..960)).await.unwrap();
    store.append(&store.stream("in-2"), StreamState::Any, events(300..302)).await.unwrap();
    assert_eq!(next_numbers(&mut subscription, 2).await, [300, 301]);
}

/// The last checkpoint before the subscription is live.
async fn checkpoint_while_catching_up(subscription: &mut Subscription) -> Option<Position> {
    let mut checkpoint = None;
    loop {
        match said(subscription).await {
            Said::Checkpoint(position) => {
                assert!(checkpoint.is_none_or(|before| before < position));
                checkpoint = Some(position);
            }
            Said::CaughtUp => return checkpoint,
            Said::Confirmed | Said::Event(..) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_how_far_it_has_looked_by_going_live_alone() {
    let store = Store::open().await;
    let written = store.append(&store.stream("in"), StreamState::Any, events(0..1)).await.unwrap();
    let options = SubscribeToAllOptions::default()
        .position(StreamPosition::Position(written.position))
        .filter(SubscriptionFilter::on_stream_name().add_prefix(store.stream("in")).max(4_000_000));
    let mut subscription = follow(&store.client, options).await;
    assert_eq!(checkpoint_while_catching_up(&mut subscription).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_resumes_at_a_checkpoint_of_the_past_misses_nothing() {
    let store = Store::open().await;
    let begun = store.append(&store.stream("out"), StreamState::Any, events(0..1)).await.unwrap();
    for start in (1..401).step_by(100) {
        store.append(&store.stream("out"), StreamState::Any, events(start..start + 100)).await.unwrap();
    }
    let last = store.append(&store.stream("in"), StreamState::Any, events(500..503)).await.unwrap();
    let mut subscription =
        follow(&store.client, of(&store, "in").position(StreamPosition::Position(begun.position))).await;
    let checkpoint = checkpoint_while_catching_up(&mut subscription).await.unwrap();
    assert!(checkpoint > begun.position && checkpoint <= last.position, "{checkpoint:?}");
    let resumed = of(&store, "in").position(StreamPosition::Position(checkpoint));
    let seen = caught_up(&mut follow(&store.client, resumed).await).await;
    assert!([500, 501, 502].ends_with(&seen), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_come_live_though_nothing_is_admitted() {
    let store = Store::open().await;
    let options = SubscribeToAllOptions::default()
        .position(StreamPosition::End)
        .filter(SubscriptionFilter::on_stream_name().add_prefix("no such stream").max(8));
    let mut subscription = follow(&store.client, options).await;
    assert_eq!(caught_up(&mut subscription).await, [] as [usize; 0]);
    let mut written = Vec::new();
    for start in (0..64).step_by(16) {
        let stream = store.stream("out");
        let last = store.append(&stream, StreamState::Any, events(start..start + 16)).await.unwrap();
        written.push(last.position);
    }
    // After every eight events, so that one comes after all but the last seven.
    let mut checkpoint = Position::start();
    while checkpoint < written[2] {
        let Said::Checkpoint(position) = said(&mut subscription).await else { panic!("only checkpoints") };
        assert!(position > checkpoint);
        checkpoint = position;
    }
}

/// Not through the client: it would subscribe again for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_position_at_which_no_event_begins_cannot_be_followed_from() {
    let store = Store::open().await;
    let Some(wire) = store.wire().await else { return };
    let written = store.append(&store.stream("in"), StreamState::Any, events(0..1)).await.unwrap();
    let inside = written.position.commit + 1;
    let refused = wire.follow_all_from(inside, inside).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unknown, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_filter_everything_comes() {
    let store = Store::open().await;
    let before = store.append(&store.stream("a"), StreamState::Any, events(0..1)).await.unwrap();
    store.append(&store.stream("b"), StreamState::Any, events(1..3)).await.unwrap();
    let after = SubscribeToAllOptions::default().position(StreamPosition::Position(before.position));
    let mut subscription = follow(&store.client, after).await;
    assert_eq!(said(&mut subscription).await, Said::Confirmed);
    let mut seen = Vec::new();
    let prefix = store.stream("");
    while seen.len() < 2 {
        let event = subscription.next().await.unwrap().event.unwrap();
        if event.stream_id().starts_with(&prefix) {
            seen.push(event.revision);
        }
    }
    assert_eq!(seen, [0, 1], "a position is exclusive");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_end_only_what_is_new_comes() {
    let store = Store::open().await;
    store.append(&store.stream("in"), StreamState::Any, events(0..3)).await.unwrap();
    let mut subscription = follow(&store.client, of(&store, "in").position(StreamPosition::End)).await;
    assert_eq!(caught_up(&mut subscription).await, [] as [usize; 0]);
    store.append(&store.stream("in"), StreamState::Any, events(3..4)).await.unwrap();
    assert_eq!(next_numbers(&mut subscription, 1).await, [3]);
}

/// A reader that stops at any point, while others write, and resumes from its position misses nothing and gets
/// nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_resumes_has_no_gap_and_no_repeat() {
    const COUNT: usize = 400;
    let store = Store::open().await;
    let writing = {
        let (client, stream) = (store.client.clone(), store.stream("in"));
        tokio::spawn(async move {
            for number in 0..COUNT {
                crate::support::append(&client, &stream, StreamState::Any, events(number..number + 1))
                    .await
                    .unwrap();
            }
        })
    };
    let (mut seen, mut last, mut messages) = (Vec::new(), None, 1);
    while seen.len() < COUNT {
        let from = last.map_or(StreamPosition::Start, StreamPosition::Position);
        let mut subscription = follow(&store.client, of(&store, "in").position(from)).await;
        messages = messages % 37 + 5;
        for _ in 0..messages {
            match said(&mut subscription).await {
                Said::Event(number, position) => {
                    seen.push(number);
                    last = Some(position);
                }
                // One of the past is behind what came before it.
                Said::Checkpoint(position) => last = last.max(Some(position)),
                Said::Confirmed | Said::CaughtUp => {}
            }
            if seen.len() == COUNT {
                break;
            }
        }
    }
    writing.await.unwrap();
    assert_eq!(seen, (0..COUNT).collect::<Vec<_>>());
}
