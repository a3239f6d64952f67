//! Appends that a server does not take, or does not say that it has taken. While the clock is paused, it leaps to the next deadline
//! whenever everybody waits.

use std::sync::Arc;

use event_store::{AppendError, Cause, ExpectedRevision};
use tonic::Status;

use crate::proxy::Proxy;
use crate::rude_server::{RudeServer, conflict};
use crate::support::{new_events, store_at};

/// As while the first try is still in flight: it is tried until it is known.
#[tokio::test(start_paused = true)]
async fn a_write_that_takes_too_long_is_asked_for_again_with_the_same_ids() {
    let mut server = RudeServer::storing().await;
    let proxy = Proxy::start(server.address).await;
    let late = |phase: &str| Err(Status::aborted(format!("{phase} phase timeout")));
    server.answer_appends([late("Commit"), late("Prepare"), late("Commit")]);
    let store = store_at(proxy.address());
    let appended = store.append("s", ExpectedRevision::NoStream, &new_events(0..2)).await.unwrap();
    assert_eq!(appended.revision, 1);
    let first = server.appended.recv().await.unwrap();
    assert_eq!(first.len(), 3);
    for _ in 0..3 {
        assert_eq!(server.appended.recv().await.as_ref(), Some(&first));
    }
    assert_eq!(proxy.connections(), 1, "the connection is as good as before");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_busy_is_asked_again_on_the_same_connection() {
    for busy in [Status::unavailable("Server Is Too Busy"), Status::resource_exhausted("too many calls")] {
        let server = RudeServer::storing().await;
        let proxy = Proxy::start(server.address).await;
        server.answer_appends([Err(busy.clone()), Err(busy)]);
        let store = store_at(proxy.address());
        store.append("s", ExpectedRevision::NoStream, &new_events(0..1)).await.unwrap();
        assert_eq!(proxy.connections(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_certainly_not_taken_is_not_in_doubt() {
    for (refusal, cause) in [
        (Status::unavailable("Server Is Not Ready"), Cause::NoLeader),
        (Status::unknown("No leader info available in response"), Cause::NoLeader),
        (Status::unavailable("Server Is Too Busy"), Cause::TooBusy),
    ] {
        let server = RudeServer::storing().await;
        server.answer_appends(std::iter::repeat_n(Err(refusal.clone()), 1_000));
        let refused =
            store_at(server.address).append("s", ExpectedRevision::NoStream, &new_events(0..1)).await;
        let Err(AppendError::Unavailable(fault)) = refused else { panic!("{refusal:?}: {refused:?}") };
        assert_eq!(fault.cause(), cause, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_in_doubt_once_stays_so_until_it_is_found_out() {
    let server = RudeServer::storing().await;
    let not_ready = std::iter::repeat_n(Err(Status::unavailable("Server Is Not Ready")), 1_000);
    server.answer_appends([Err(Status::aborted("Commit phase timeout"))].into_iter().chain(not_ready));
    let refused = store_at(server.address).append("s", ExpectedRevision::NoStream, &new_events(0..1)).await;
    assert!(matches!(refused, Err(AppendError::OutcomeUnknown(_))), "{refused:?}");

    for (first, is_in_doubt) in
        [(Status::aborted("Commit phase timeout"), true), (Status::unavailable("Server Is Too Busy"), false)]
    {
        let server = RudeServer::storing().await;
        server.answer_appends([Err(first), Ok(conflict())]);
        let refused =
            store_at(server.address).append("s", ExpectedRevision::Exact(3), &new_events(0..1)).await;
        let Err(AppendError::Conflict { current: Some(7), in_doubt }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(in_doubt, is_in_doubt);
    }
}

/// An endless reference to each other would be followed to the deadline.
#[tokio::test(start_paused = true)]
async fn nodes_that_name_each_other_as_the_leader_are_given_up() {
    let clusters = [Arc::default(), Arc::default()];
    let servers = [RudeServer::start(&clusters[0]).await, RudeServer::start(&clusters[1]).await];
    clusters[0].lock().unwrap().leader = Some(servers[1].address);
    clusters[1].lock().unwrap().leader = Some(servers[0].address);
    let store = store_at(servers[0].address);
    let refused = store.append("s", ExpectedRevision::NoStream, &new_events(0..1)).await;
    let Err(AppendError::Unavailable(fault)) = refused else { panic!("{refused:?}") };
    assert_eq!(fault.cause(), Cause::NoLeader, "{fault}");
}
