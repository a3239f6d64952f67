use eventstore::{
    Error, Position, ReadAllOptions, RecordedEvent, StreamPosition, StreamState, SubscriptionFilter,
};

use crate::support::{Store, events, numbers, typed, within};

fn from(position: Position) -> ReadAllOptions {
    ReadAllOptions::default().position(StreamPosition::Position(position))
}

fn of(store: &Store, name: &str) -> SubscriptionFilter {
    SubscriptionFilter::on_stream_name().add_prefix(store.stream(name))
}

/// Events in two streams in turn: 0, 2, 4 in one and 1, 3, 5 in the other.
async fn filled() -> (Store, Position) {
    let store = Store::open().await;
    let mut first = None;
    for number in 0..6 {
        let stream = store.stream(["even", "odd"][number % 2]);
        let written = store.append(&stream, StreamState::Any, events(number..number + 1)).await.unwrap();
        first.get_or_insert(written.position);
    }
    (store, first.unwrap())
}

fn mine(store: &Store, events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
    let prefix = store.stream("");
    events.into_iter().filter(|event| event.stream_id().starts_with(&prefix)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_every_stream_in_the_order_of_appending() {
    let (store, first) = filled().await;
    let read = mine(&store, store.read_all(&from(first)).await);
    assert_eq!(numbers(&read), [0, 1, 2, 3, 4, 5], "a position is inclusive");
    assert!(read.is_sorted_by(|a, b| a.position < b.position));
    assert!(read.iter().all(|event| event.position.commit == event.position.prepare));
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_not_contiguous() {
    let (store, first) = filled().await;
    let read = mine(&store, store.read_all(&from(first)).await);
    assert!(read.windows(2).all(|pair| pair[1].position.commit - pair[0].position.commit > 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn backwards_begins_with_the_last() {
    let (store, _) = filled().await;
    let options = ReadAllOptions::default()
        .backwards()
        .position(StreamPosition::End)
        .filter(of(&store, ""))
        .max_count(3);
    assert_eq!(numbers(&store.read_all(&options).await), [5, 4, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn backwards_begins_before_a_position() {
    let (store, first) = filled().await;
    let read = mine(&store, store.read_all(&from(first)).await);
    let options = from(read[3].position).backwards().filter(of(&store, "")).max_count(3);
    assert_eq!(numbers(&store.read_all(&options).await), [2, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_at_which_no_event_begins_is_refused() {
    let (store, first) = filled().await;
    let inside = Position { commit: first.commit + 1, prepare: first.commit + 1 };
    for options in [from(inside), from(inside).backwards()] {
        let mut read = store.client.read_all(&options).await.unwrap();
        let refused = within(read.next()).await;
        assert!(matches!(refused, Err(Error::ServerError(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_counts_what_the_filter_admits() {
    let (store, first) = filled().await;
    let options = from(first).filter(of(&store, "odd")).max_count(2);
    assert_eq!(numbers(&store.read_all(&options).await), [1, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_by_stream_or_type_and_by_prefix_or_pattern() {
    let (store, first) = filled().await;
    let odd = store.stream("odd");
    let (wanted, other) = (format!("{odd}.wanted"), format!("{odd}.other"));
    store.append(&odd, StreamState::Any, vec![typed(&wanted, 6), typed(&other, 7)]).await.unwrap();
    let on_type = SubscriptionFilter::on_event_type();
    let on_name = SubscriptionFilter::on_stream_name();
    for (filter, admitted) in [
        (of(&store, "even"), vec![0, 2, 4]),
        (of(&store, "odd").add_prefix(store.stream("even")), vec![0, 1, 2, 3, 4, 5, 6, 7]),
        (on_name.clone().regex(format!("^{}-e.*n$", store.stream("").trim_end_matches('-'))), vec![0, 2, 4]),
        (on_type.clone().add_prefix(&odd), vec![6, 7]),
        (on_type.regex(format!("^{odd}.w")), vec![6]),
        (on_name.add_prefix("no such stream"), vec![]),
    ] {
        let read = store.read_all(&from(first).filter(filter.clone())).await;
        assert_eq!(numbers(&read), admitted, "{filter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_is_no_pattern_is_refused() {
    let store = Store::open().await;
    let options = ReadAllOptions::default().filter(SubscriptionFilter::on_event_type().regex("("));
    assert!(store.client.read_all(&options).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_is_read_to_its_end() {
    const MANY: usize = 6_000;
    let store = Store::open().await;
    let stream = store.stream("long");
    for start in (0..MANY).step_by(500) {
        store.append(&stream, StreamState::Any, events(start..start + 500)).await.unwrap();
    }
    let last = store.stream("last");
    store.append(&last, StreamState::Any, events(MANY..MANY + 1)).await.unwrap();
    let all = store.read_all(&ReadAllOptions::default().filter(of(&store, ""))).await;
    assert_eq!(numbers(&all), (0..=MANY).collect::<Vec<_>>());
    let rare = store.read_all(&ReadAllOptions::default().filter(of(&store, "last"))).await;
    assert_eq!(numbers(&rare), [MANY]);
}
