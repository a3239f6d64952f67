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

/// The vendor's clients send all their appends on one call.
#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_is_refused_for_its_name_has_its_own_answer_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let wire = Wire::open(&node.connection_string()).await.unwrap();
    let mut last = 0;
    let mut to = |name: &[u8], is_final| {
        last += 1;
        let halves = shared::uuid::Structured { most_significant_bits: 0, least_significant_bits: last };
        let value = Some(shared::uuid::Value::Structured(halves));
        proto::BatchAppendReq {
            correlation_id: Some(shared::Uuid { value }),
            is_final,
            ..batch_of(target(name, ANY), vec![event(id(), "t", "application/json")])
        }
    };
    let long = vec![b'x'; 4_097];
    let in_parts = to(b"$all", false);
    let rest = proto::BatchAppendReq { options: None, is_final: true, ..in_parts.clone() };
    let sent = [to(b"s", true), to(b"", true), in_parts, to(&long, true), rest, to(b"s", true)];
    let answers = wire.batch_answers(sent.to_vec()).await.unwrap();
    assert_eq!(answers.len(), 5, "one for each, that in parts included");
    let answer = |number: usize| {
        let mut of_it = answers.iter().filter(|answer| answer.correlation_id == sent[number].correlation_id);
        of_it.next().expect("each has its own")
    };
    for (number, revision) in [(0, 0), (5, 1)] {
        let Some(proto::batch_append_resp::Result::Success(success)) = answer(number).result else {
            panic!("{:?}", answer(number));
        };
        let stored = proto::append_success::CurrentRevisionOption::CurrentRevision(revision);
        assert_eq!(success.current_revision_option, Some(stored));
    }
    for (number, name) in [(1, &b""[..]), (2, b"$all"), (3, &long)] {
        let (code, message_type, _) = details(answer(number));
        assert_eq!((code, message_type.as_str()), (3, "BadRequest"));
        assert_eq!(answer(number).stream_identifier.as_ref().unwrap().stream_name, name);
    }
    node.shutdown().await;
}
