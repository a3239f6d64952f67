//! The one program that is everything, killed with a power cut or without.

use std::fs;
use std::path::Path;

use system_tests::{Launch, STEP_TIMEOUT, SeededRng};
use tokio::time::Instant;

use super::load::Load;
use super::power_cut::PowerCut;
use super::{compare, found, rounds};

const KILLS: usize = 20;
const POWER_CUTS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_before_a_kill_is_true_after_it() {
    check_rounds("kills", rounds("CITAS_TEST_KILLS", KILLS), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_before_a_power_cut_is_true_after_it() {
    let tools = tempfile::tempdir().unwrap();
    let power_cut = PowerCut::in_folder(tools.path());
    check_rounds("power cuts", rounds("CITAS_TEST_POWER_CUTS", POWER_CUTS), Some(power_cut)).await;
}

/// Rounds of load that each end by a kill, with a power cut or without.
#[expect(clippy::print_stdout, reason = "it is a test, of which the figures are wanted")]
async fn check_rounds(what: &str, rounds: usize, power_cut: Option<PowerCut>) {
    let mut dice = SeededRng::thrown(what);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let launch =
        || power_cut.as_ref().map_or_else(|| Launch::new(&data), |power_cut| power_cut.launch(&data));
    let mut citas = launch().ready().await;
    found(&citas.client()).await;
    let (load, mut writes_lost, begun_at) = (Load::new(1), 0, Instant::now());
    load.is_at(0, Some(citas.client()));
    let clients = load.start(&mut dice);
    for _ in 0..rounds {
        load.answers(20 + dice.below(100)).await;
        if dice.one_in(2) {
            until_written(&data.join("events.db-wal")).await;
        }
        load.is_at(0, None);
        citas.kill().await;
        let mut cut = |dice: &mut SeededRng| {
            writes_lost += power_cut.as_ref().map_or(0, |power_cut| power_cut.strike(&data, dice));
        };
        cut(&mut dice);
        if dice.one_in(5) {
            // Once more, while it reads the past.
            launch().listening().await.kill().await;
            cut(&mut dice);
        }
        citas = launch().ready().await;
        load.is_at(0, Some(citas.client()));
    }
    let (attempts, dropped) = load.end(clients).await;
    let seconds = begun_at.elapsed().as_secs();
    assert_eq!(citas.stop().await.code, Some(0));
    let (figures, events) = compare(&attempts, &data).await;
    println!("{rounds} {what}, {dropped} answers dropped, {events} events, {seconds} s: {figures:?}");
    println!("{writes_lost} writes were lost");
    assert_eq!(figures.keys_of_two, 0, "{figures:?}");
    // Kills that always came before the work, or always after it, would have shown little.
    assert!(0 < figures.done_unseen && figures.done_unseen < figures.unseen, "{figures:?}");
    assert_eq!(writes_lost > 0, power_cut.is_some());
}

/// Waits for the next write: the moment at which most is done and least is answered.
async fn until_written(file: &Path) {
    let state = || fs::metadata(file).and_then(|file| Ok((file.len(), file.modified()?))).ok();
    let (before, begun_at) = (state(), Instant::now());
    while state() == before && begun_at.elapsed() < STEP_TIMEOUT {
        tokio::task::yield_now().await;
    }
}
