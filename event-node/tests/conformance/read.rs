use eventstore::{
    AppendToStreamOptions, Error, ReadEvent, ReadStreamOptions, StreamMetadata, StreamPosition, StreamState,
};

use crate::support::{Store, events, numbers, revisions, within};

/// More events than a page of the node holds.
const MANY: usize = 700;

async fn filled(count: usize) -> (Store, String) {
    let store = Store::open().await;
    let stream = store.stream("read");
    store.append(&stream, StreamState::NoStream, events(0..count)).await.unwrap();
    (store, stream)
}

fn options() -> ReadStreamOptions {
    ReadStreamOptions::default()
}

#[tokio::test(flavor = "multi_thread")]
async fn forwards_is_the_order_of_appending() {
    let (store, stream) = filled(MANY).await;
    let read = store.read(&stream).await.unwrap();
    assert_eq!(numbers(&read), (0..MANY).collect::<Vec<_>>());
    assert_eq!(revisions(&read), (0..MANY as u64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn backwards_is_the_reverse() {
    let (store, stream) = filled(MANY).await;
    let read = store.read_with(&stream, &options().backwards().position(StreamPosition::End)).await.unwrap();
    assert_eq!(numbers(&read), (0..MANY).rev().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_inclusive_in_both_directions() {
    let (store, stream) = filled(5).await;
    let from = options().position(StreamPosition::Position(3));
    assert_eq!(numbers(&store.read_with(&stream, &from.clone().forwards()).await.unwrap()), [3, 4]);
    assert_eq!(numbers(&store.read_with(&stream, &from.backwards()).await.unwrap()), [3, 2, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_cuts_both_directions() {
    let (store, stream) = filled(MANY).await;
    for limit in [1, 3, MANY - 1, MANY, MANY + 1] {
        let read = store.read_with(&stream, &options().max_count(limit)).await.unwrap();
        assert_eq!(numbers(&read), (0..MANY.min(limit)).collect::<Vec<_>>());
    }
    let last = options().backwards().position(StreamPosition::End).max_count(2);
    assert_eq!(numbers(&store.read_with(&stream, &last).await.unwrap()), [MANY - 1, MANY - 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_end_there_is_nothing() {
    let (store, stream) = filled(2).await;
    let beyond = options().position(StreamPosition::Position(5));
    assert!(store.read_with(&stream, &beyond.forwards()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_stream_is_not_found() {
    let store = Store::open().await;
    let stream = store.stream("missing");
    for options in [options(), options().backwards().position(StreamPosition::End)] {
        let error = store.read_with(&stream, &options).await.unwrap_err();
        assert!(matches!(error, Error::ResourceNotFound), "{error:?}");
    }
}

/// The revisions of the events, then those that the server says of the stream's first and last.
async fn everything(store: &Store, stream: &str, options: &ReadStreamOptions) -> [Vec<u64>; 3] {
    let mut read = store.client.read_stream(stream, options).await.unwrap();
    let [mut events, mut first, mut last] = [const { Vec::new() }; 3];
    while let Some(event) = within(read.next_read_event()).await.unwrap() {
        match event {
            ReadEvent::Event(event) => events.push(event.event.unwrap().revision),
            ReadEvent::FirstStreamPosition(revision) => first.push(revision),
            ReadEvent::LastStreamPosition(revision) => last.push(revision),
            ReadEvent::LastAllStreamPosition(_) => panic!("it is one stream"),
        }
    }
    [events, first, last]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_ends_with_the_last_revision() {
    let (store, stream) = filled(3).await;
    assert_eq!(everything(&store, &stream, &options()).await, [vec![0, 1, 2], vec![], vec![2]]);
    let backwards = options().backwards().position(StreamPosition::End);
    assert_eq!(everything(&store, &stream, &backwards).await, [vec![2, 1, 0], vec![], vec![2]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_of_nothing_says_where_there_will_be_something() {
    let (store, stream) = filled(3).await;
    let beyond = options().position(StreamPosition::Position(7));
    assert_eq!(everything(&store, &stream, &beyond).await, [vec![], vec![3], vec![2]]);
    let metadata = StreamMetadata::builder().truncate_before(9).build();
    let append = AppendToStreamOptions::default();
    store.client.set_stream_metadata(stream.as_str(), &append, &metadata).await.unwrap();
    assert_eq!(everything(&store, &stream, &options()).await, [vec![], vec![3], vec![2]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_can_find_nothing_is_refused() {
    let (store, stream) = filled(3).await;
    for unfit in [options().position(StreamPosition::End).forwards(), options().max_count(0)] {
        let refused = store.read_with(&stream, &unfit).await;
        assert!(matches!(refused, Err(Error::ServerError(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_leave_early_do_not_disturb_others() {
    let (store, stream) = filled(MANY).await;
    for _ in 0..300 {
        let mut read = store.client.read_stream(stream.clone(), &options()).await.unwrap();
        assert!(within(read.next()).await.unwrap().is_some());
    }
    assert_eq!(store.read(&stream).await.unwrap().len(), MANY);
}
