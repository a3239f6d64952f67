//! The errors of batch appends whose details were not compared with those of an `EventStoreDB`.

use event_node::{Node, NodeConfig};
use prost::Message as _;

use crate::batch::details;
use crate::support::id;
use crate::wire::messages::event_store::client as shared;
use crate::wire::messages::event_store::client::streams as proto;
use crate::wire::{Wire, batch_of, event, target};
use proto::write_target::{DeadlineOption, Expected};

const ANY: Expected = Expected::Any(shared::Empty {});

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_makes_no_sense_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let wire = Wire::open(&node.connection_string()).await.unwrap();
    let refused =
        async |event| details(&wire.batch(vec![batch_of(target(b"s", ANY), vec![event])]).await.unwrap());
    let (code, message_type, value) = refused(event(id(), "", "application/json")).await;
    assert_eq!((code, message_type.as_str()), (2, "Unknown"));
    shared::Unknown::decode(&value[..]).unwrap();

    let mut without_type = event(id(), "t", "application/json");
    without_type.metadata.remove("type");
    let (code, message_type, value) = refused(without_type).await;
    assert_eq!((code, message_type.as_str()), (3, "BadRequest"));
    assert!(shared::BadRequest::decode(&value[..]).unwrap().message.contains("type"));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_has_no_time_is_told_as_such_or_done() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let wire = Wire::open(&node.connection_string()).await.unwrap();
    let mut target = target(b"s", ANY);
    target.deadline_option = Some(DeadlineOption::Deadline(prost_types::Duration::default()));
    let one = vec![event(id(), "t", "application/json")];
    let answer = wire.batch(vec![batch_of(target, one)]).await.unwrap();
    // The writer may be faster than the clock.
    if !matches!(answer.result, Some(proto::batch_append_resp::Result::Success(_))) {
        let (code, message_type, value) = details(&answer);
        assert_eq!((code, message_type.as_str()), (4, "Timeout"));
        shared::Timeout::decode(&value[..]).unwrap();
    }
    node.shutdown().await;
}
