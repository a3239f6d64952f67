//! The write side as processes of their own, on an event store of its own.

use futures::future::join_all;
use serde_json::json;
use system_tests::{EventNode, Service};

use crate::support::{at, book, booking, set_up, text};

const CLIENTS: usize = 16;
const SLOTS: i64 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_command_apis_on_one_event_node_give_a_slot_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start(folder.path().join("data")).await;
    let apis = [
        Service::command_api(node.connection_string()).ready().await,
        Service::command_api(node.connection_string()).ready().await,
    ];
    set_up(&apis[0].client(), &["7"]).await;
    let clients: Vec<_> = (0..CLIENTS).map(|number| apis[number % 2].client().another()).collect();
    for slot in 0..SLOTS {
        let start = at(3, slot * 30);
        let asked = clients.iter().enumerate().map(|(number, client)| {
            client.post("/v1/appointments").body(&booking("7", &format!("{slot}-{number}"), start)).answer()
        });
        let answers = join_all(asked).await;
        let winners: Vec<usize> =
            (0..CLIENTS).filter(|number| answers[*number].status.is_success()).collect();
        assert_eq!(winners.len(), 1, "{start}: {answers:?}");
        for (_, loser) in answers.iter().enumerate().filter(|(number, _)| *number != winners[0]) {
            assert_eq!(loser.refused(409, "slot_unavailable")["reason"], "already_booked");
        }
    }
    for api in apis {
        assert_eq!(api.stop().await.code, Some(0));
    }

    // Whatever process it was stored by, and whichever process asks.
    assert_eq!(node.stop().await.code, Some(0));
    let node = EventNode::start(folder.path().join("data")).await;
    let api = Service::command_api(node.connection_string()).ready().await;
    for slot in 0..SLOTS {
        let taken =
            api.client().post("/v1/appointments").body(&booking("7", "late", at(3, slot * 30))).answer();
        assert_eq!(taken.await.refused(409, "slot_unavailable")["reason"], "already_booked");
    }
}

/// A process that has been stopped may know the version that an appointment had when it was handed over, and no later one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_has_slept_knows_a_version_of_after_a_hand_over() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start(folder.path().join("data")).await;
    let start = || Service::command_api(node.connection_string()).ready();
    let (awake, asleep) = (start().await, start().await);
    set_up(&awake.client(), &["7", "8"]).await;
    // How much it has read by the time it is asked is left to chance.
    for hour in 0..20 {
        let id = book(&awake.client(), "7", "55", at(3, hour * 60)).await;
        let path = |verb: &str| format!("/v1/appointments/{id}/{verb}");
        asleep.client().post(&path("confirm")).ok().await;
        asleep.halt();
        awake.client().post(&path("reassign")).body(&json!({"agent_id": "8"})).ok().await;
        let start = json!({"start": text(at(4, hour * 60))});
        let moved = awake.client().post(&path("reschedule")).body(&start).ok().await;
        asleep.resume();
        let version = moved["version"].as_u64().unwrap();
        asleep.client().post(&path("confirm")).if_match(version).ok().await;
    }
}
