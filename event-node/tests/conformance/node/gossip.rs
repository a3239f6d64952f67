use event_node::{Node, NodeConfig};
use eventstore::StreamState;

use crate::support::{append, client, events};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_discovers_a_cluster_finds_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let url = node.connection_string().replace("esdb://", "esdb+discover://");
    append(&client(&url), "s", StreamState::NoStream, events(0..1)).await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_has_a_version_that_clients_can_parse() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let info = client(&node.connection_string()).server_info().await.unwrap();
    assert!(info.version().major() >= 23);
    node.shutdown().await;
}
