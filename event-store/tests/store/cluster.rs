use std::sync::{Arc, Mutex};

use event_store::{After, EventStore, ExpectedRevision, StreamFilter};

use crate::rude_server::{CHECKPOINT, Cluster, RudeServer};
use crate::store_server::OwnNode;
use crate::support::{in_time, new_events, new_name, store_at};

#[tokio::test]
async fn an_append_that_meets_a_follower_is_sent_on_to_the_leader() {
    let leader = OwnNode::start("names it as the leader of a cluster").await;
    let cluster = Cluster { members: Vec::new(), leader: Some(leader.address()) };
    let follower = RudeServer::start(&Arc::new(Mutex::new(cluster))).await;
    let stream = new_name("sent-on");

    let store = store_at(follower.address);
    let appended =
        in_time(store.append(&stream, ExpectedRevision::NoStream, &new_events(0..2))).await.unwrap();

    assert_eq!(appended.revision, 1);
    assert_eq!(store_at(leader.address()).stream_revision(&stream).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_subscription_that_loses_its_node_asks_the_cluster_for_another() {
    let cluster = Arc::new(Mutex::new(Cluster::default()));
    let (mut first, mut second) = (RudeServer::start(&cluster).await, RudeServer::start(&cluster).await);
    let (a, b) = (first.address, second.address);
    *cluster.lock().unwrap() = Cluster { members: vec![a, b], leader: Some(a) };
    let store = EventStore::new(&format!("esdb://{a},{b}?tls=false")).unwrap();
    let subscription = store.subscribe(After::Start, StreamFilter::all());
    assert_eq!(in_time(first.asked.recv()).await, Some(None));

    *cluster.lock().unwrap() = Cluster { members: vec![b], leader: Some(b) };
    first.stop().await;

    assert_eq!(in_time(second.asked.recv()).await, Some(Some(CHECKPOINT)));
    drop(subscription);
}
