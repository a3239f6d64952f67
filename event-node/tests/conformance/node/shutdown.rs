use event_node::{Access, Node, NodeConfig};
use eventstore::{
    Error, RetryOptions, StreamPosition, StreamState, SubscribeToAllOptions, SubscribeToStreamOptions,
    SubscriptionFilter,
};

use crate::support::{Said, append, caught_up, client, events, next_numbers, said, within};

fn mine() -> SubscribeToAllOptions {
    SubscribeToAllOptions::default().filter(SubscriptionFilter::on_event_type().exclude_system_events())
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_end_as_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    append(&client, "s", StreamState::NoStream, events(0..1)).await.unwrap();
    let mut all = client.subscribe_to_all(&mine()).await;
    let from_start = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut stream = client.subscribe_to_stream("s", &from_start).await;
    caught_up(&mut all).await;
    caught_up(&mut stream).await;
    within(node.shutdown()).await;
    for subscription in [&mut all, &mut stream] {
        let error = within(subscription.next_subscription_event()).await.map(|_| ()).unwrap_err();
        let Error::ServerError(message) = &error else { panic!("{error:?}") };
        assert!(message.contains("the event store is closing"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_does_not_hold_the_shutdown_up() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    for _ in 0..32 {
        let big = eventstore::EventData::binary("big", vec![0; 1_000_000].into());
        append(&client, "big", StreamState::Any, vec![big]).await.unwrap();
    }
    let mut stalled = client.subscribe_to_all(&mine()).await;
    assert_eq!(said(&mut stalled).await, Said::Confirmed);
    within(node.shutdown()).await;
    let again = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_while_closing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    append(&client, "first", StreamState::Any, events(0..1)).await.unwrap();
    let writing: Vec<_> = (0..64)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let stream = format!("s{number}");
                append(&client, &stream, StreamState::NoStream, events(0..1)).await.is_ok().then_some(stream)
            })
        })
        .collect();
    within(node.shutdown()).await;
    let mut acknowledged = vec!["first".to_owned()];
    for write in writing {
        acknowledged.extend(within(write).await.unwrap());
    }
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = crate::support::client(&node.connection_string());
    for stream in acknowledged {
        append(&client, &stream, StreamState::StreamRevision(0), events(1..2)).await.unwrap();
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_resubscribes_to_the_node_that_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let open = NodeConfig { access: Access::Anyone, ..NodeConfig::new(folder.path()) };
    let node = Node::start(open.clone()).await.unwrap();
    let (address, url) = (node.local_addr(), node.connection_string());
    let client = client(&url);
    append(&client, "s", StreamState::Any, events(0..2)).await.unwrap();
    let patient = RetryOptions::default().retry_forever().retry_delay(std::time::Duration::from_millis(5));
    let mut subscription = client.subscribe_to_all(&mine().retry_options(patient)).await;
    assert_eq!(caught_up(&mut subscription).await, [0, 1]);
    node.shutdown().await;

    let config = NodeConfig { listen: address, ..open };
    let (read, node) = tokio::join!(next_numbers(&mut subscription, 2), async {
        let node = Node::start(config).await.unwrap();
        let writer = crate::support::client(&url);
        append(&writer, "s", StreamState::StreamRevision(1), events(2..4)).await.unwrap();
        node
    });
    assert_eq!(read, [2, 3]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_node_ends_its_subscriptions() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let client = client(&node.connection_string());
    append(&client, "s", StreamState::Any, events(0..1)).await.unwrap();
    let mut subscription = client.subscribe_to_all(&mine()).await;
    caught_up(&mut subscription).await;
    drop(node);
    assert!(within(subscription.next_subscription_event()).await.is_err());
}
