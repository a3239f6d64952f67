//! Two `command-api` processes on one event store, of which either is killed or stopped at any time, while every client
//! asks both.
//!
//! One thing they do not do as one: a key that is used for two different requests is refused the second time only by a
//! process that has read of the first. How often both were carried out is told.

use std::time::Duration;

use system_tests::{EventNode, SeededRng, Service};
use tokio::time::{Instant, sleep};

use super::load::Load;
use super::{compare, found, rounds};

const VARIABLE: &str = "CITAS_TEST_FAULTS";
const FAULTS: usize = 12;

/// A reservation lasts for 10 s.
const LONG_STOP: Duration = Duration::from_secs(11);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_answer_as_one_whatever_becomes_of_either() {
    let mut dice = SeededRng::thrown("two processes");
    let rounds = rounds(VARIABLE, FAULTS);
    // A quick test has no time to outlast a reservation.
    let is_long = FAULTS < rounds;
    let most = if is_long { 2_000 } else { 100 };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let node = EventNode::start(&data).await;
    let start = || Service::command_api(node.connection_string()).ready();
    let mut processes = vec![start().await, start().await];
    found(&processes[0].client()).await;
    let (load, begun_at) = (Load::new(processes.len()), Instant::now());
    for (number, process) in processes.iter().enumerate() {
        load.is_at(number, Some(process.client()));
    }
    let clients = load.start(&mut dice);
    let (mut kills, mut stops, mut long_stops) = (0, 0, 0);
    for _ in 0..rounds {
        load.answers(20 + dice.below(most)).await;
        let number = dice.below(processes.len());
        if dice.one_in(2) {
            load.is_at(number, None);
            processes.remove(number).kill().await;
            processes.insert(number, start().await);
            load.is_at(number, Some(processes[number].client()));
            kills += 1;
        } else {
            processes[number].halt();
            if is_long && dice.one_in(4) {
                sleep(LONG_STOP + Duration::from_millis(u64::try_from(dice.below(3000)).unwrap())).await;
                long_stops += 1;
            } else {
                load.answers(dice.below(40)).await;
            }
            processes[number].resume();
            stops += 1;
        }
    }
    let (attempts, dropped) = load.end(clients).await;
    let seconds = begun_at.elapsed().as_secs();
    for process in processes {
        assert_eq!(process.stop().await.code, Some(0));
    }
    assert_eq!(node.stop().await.code, Some(0));
    let (figures, events) = compare(&attempts, &data).await;
    println!(
        "{kills} kills, {stops} stops, {long_stops} of them long, {dropped} answers dropped, {events} events, \
         {seconds} s: {figures:?}"
    );
    assert!(0 < figures.done_unseen && figures.done_unseen < figures.unseen, "{figures:?}");
}
