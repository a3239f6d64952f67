//! What the node answers otherwise than `EventStoreDB`, as its README says, and what nobody but the node survives.

use event_node::{Node, NodeConfig};
use eventstore::{
    AppendToStreamOptions, Client, DeleteStreamOptions, Error, Position, ReadAllOptions, ReadStreamOptions,
    StreamMetadata, StreamPosition, StreamState, SubscribeToAllOptions, SubscriptionFilter,
    TombstoneStreamOptions,
};
use tempfile::TempDir;

use crate::support::{append, caught_up, client, event, events, next_numbers, visible, within};

async fn started() -> (Node, Client, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    (node, client, folder)
}

async fn set_max_count(client: &Client, stream: &str, count: u64) {
    let metadata = StreamMetadata::builder().max_count(count).build();
    client.set_stream_metadata(stream, &AppendToStreamOptions::default(), &metadata).await.unwrap();
}

/// An `EventStoreDB` ends at the last of these calls.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_metadata_are_gone_for_good_cannot_be_deleted_and_nothing_ends() {
    let (node, client, _folder) = started().await;
    append(&client, "s", StreamState::Any, events(0..2)).await.unwrap();
    within(client.tombstone_stream("$$s", &TombstoneStreamOptions::default())).await.unwrap();
    let refused = within(client.delete_stream("s", &DeleteStreamOptions::default())).await;
    assert!(matches!(refused, Err(Error::ResourceDeleted)), "{refused:?}");
    append(&client, "s", StreamState::StreamRevision(1), events(2..3)).await.unwrap();
    assert_eq!(visible(&client, "s").await, 3);
    within(client.tombstone_stream("s", &TombstoneStreamOptions::default())).await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_stream_is_back_once_its_metadata_are_gone_for_good() {
    let (node, client, _folder) = started().await;
    append(&client, "s", StreamState::Any, events(0..2)).await.unwrap();
    within(client.delete_stream("s", &DeleteStreamOptions::default())).await.unwrap();
    within(client.tombstone_stream("$$s", &TombstoneStreamOptions::default())).await.unwrap();
    assert_eq!(visible(&client, "s").await, 2);
    append(&client, "s", StreamState::StreamRevision(1), events(2..3)).await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_max_count_has_erased_does_not_come_back() {
    let (node, client, _folder) = started().await;
    set_max_count(&client, "s", 2).await;
    append(&client, "s", StreamState::Any, events(0..5)).await.unwrap();
    set_max_count(&client, "s", 100).await;
    assert_eq!(visible(&client, "s").await, 2);
    node.shutdown().await;
}

/// A projection may have noted down the position of an event that was erased since.
#[tokio::test(flavor = "multi_thread")]
async fn the_position_of_an_event_that_was_erased_is_one_to_begin_at() {
    let (node, client, _folder) = started().await;
    set_max_count(&client, "s", 1).await;
    let erased = append(&client, "s", StreamState::Any, events(0..1)).await.unwrap().position;
    append(&client, "s", StreamState::Any, events(1..2)).await.unwrap();
    append(&client, "t", StreamState::Any, events(2..3)).await.unwrap();
    let filter = SubscriptionFilter::on_event_type().exclude_system_events();
    let options =
        SubscribeToAllOptions::default().position(StreamPosition::Position(erased)).filter(filter.clone());
    assert_eq!(caught_up(&mut client.subscribe_to_all(&options).await).await, [1, 2]);
    let inside = Position { commit: erased.commit - 1, prepare: erased.commit - 1 };
    let options = ReadAllOptions::default().position(StreamPosition::Position(inside));
    let refused = within(client.read_all(&options).await.unwrap().next()).await;
    assert!(matches!(refused, Err(Error::ServerError(_))), "{refused:?}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_end_there_is_nothing_yet() {
    let (node, client, _folder) = started().await;
    append(&client, "s", StreamState::Any, events(0..1)).await.unwrap();
    let far = StreamPosition::Position(Position { commit: 1 << 50, prepare: 1 << 50 });
    let options = ReadAllOptions::default().position(far);
    assert!(within(client.read_all(&options).await.unwrap().next()).await.unwrap().is_none());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_that_of_an_event_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut positions = Vec::new();
    for events in [2, 1] {
        let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
        let client = client(&node.connection_string());
        for _ in 0..events {
            positions.push(append(&client, "s", StreamState::Any, vec![event(7)]).await.unwrap().position);
        }
        for position in &positions {
            let options = ReadAllOptions::default().position(StreamPosition::Position(*position));
            assert!(within(client.read_all(&options).await.unwrap().next()).await.unwrap().is_some());
        }
        node.shutdown().await;
    }
    let steps: Vec<_> = positions.windows(2).map(|pair| pair[1].commit - pair[0].commit).collect();
    assert_eq!(steps[0], steps[1], "an event takes as much of the log before a restart as after it");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_stand_for_something_else_or_are_too_long_are_refused() {
    let (node, client, _folder) = started().await;
    for name in ["$all", &"x".repeat(4_097)] {
        let refused = append(&client, name, StreamState::Any, events(0..1)).await;
        assert!(matches!(refused, Err(Error::Grpc { .. })), "{refused:?}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_only_another_library_knows_is_refused() {
    let (node, client, _folder) = started().await;
    for pattern in ["^(?!s)", r"(.)\1"] {
        let options = ReadAllOptions::default().filter(SubscriptionFilter::on_stream_name().regex(pattern));
        let refused = client.read_all(&options).await;
        assert!(matches!(refused, Err(Error::Grpc { .. })), "{pattern}");
    }
    node.shutdown().await;
}

/// An `EventStoreDB` sends such a subscriber away, after some 65 events.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_subscriber_that_takes_nothing_for_a_while_goes_on_where_it_was() {
    const MANY: usize = 20_000;
    let (node, client, _folder) = started().await;
    let filter = SubscriptionFilter::on_event_type().exclude_system_events();
    let options = SubscribeToAllOptions::default().filter(filter);
    let mut subscription = client.subscribe_to_all(&options).await;
    assert_eq!(caught_up(&mut subscription).await, [] as [usize; 0]);
    for start in (0..MANY).step_by(1_000) {
        append(&client, "s", StreamState::Any, events(start..start + 1_000)).await.unwrap();
    }
    assert_eq!(next_numbers(&mut subscription, MANY).await, (0..MANY).collect::<Vec<_>>());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_any_script_can_be_said_to_be_gone() {
    let (node, client, _folder) = started().await;
    append(&client, "año", StreamState::Any, events(0..1)).await.unwrap();
    within(client.tombstone_stream("año", &TombstoneStreamOptions::default())).await.unwrap();
    let mut read = client.read_stream("año", &ReadStreamOptions::default()).await;
    let gone = match &mut read {
        Ok(read) => within(read.next()).await.map(drop),
        Err(error) => Err(error.clone()),
    };
    assert!(matches!(gone, Err(Error::ResourceDeleted)), "{gone:?}");
    node.shutdown().await;
}
