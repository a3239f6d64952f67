use event_node::{Node, NodeConfig};
use eventstore::{StreamPosition, StreamState, SubscribeToAllOptions, SubscriptionFilter};

use crate::support::{append, caught_up, client, events, next_numbers};

/// A client has one connection, and most servers limit it to a hundred or so calls.
#[tokio::test(flavor = "multi_thread")]
async fn many_readers_follow_on_one_connection() {
    const READERS: usize = 250;
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    let filter = SubscriptionFilter::on_stream_name().add_prefix("in");
    let options = SubscribeToAllOptions::default().position(StreamPosition::End).filter(filter);
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let mut subscription = client.subscribe_to_all(&options).await;
        assert_eq!(caught_up(&mut subscription).await, [] as [usize; 0]);
        readers.push(subscription);
    }
    append(&client, "in", StreamState::Any, events(0..2)).await.unwrap();
    for reader in &mut readers {
        assert_eq!(next_numbers(reader, 2).await, [0, 1]);
    }
    node.shutdown().await;
}
