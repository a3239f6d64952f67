//! Killed and stopped again and again under load, and every answer that was given compared with what is stored in the
//! end.
//!
//! - `operation.rs` is what is asked for, `known.rs` chooses it by what was answered before.
//! - `attempt.rs` is one request with its answer, `load.rs` are the clients.
//! - `one_process.rs` and `two_processes.rs` are what is killed.
//! - `check/` compares, on the states that `history/` folds from the log.

mod attempt;
mod check;
mod checker_tests;
mod known;
mod load;
mod one_process;
mod operation;
mod power_cut;
mod two_processes;

use std::path::Path;

use serde_json::json;
use system_tests::{Client, Launch, STEP_TIMEOUT};
use tokio::time::Instant;

use attempt::Attempt;
use check::{Check, Figures, assert_moves_shown, assert_shown};
use operation::{AGENTS, SHORT};

use crate::history::log::{self, Event};
use crate::history::timeline::Timeline;
use crate::support::{all, head, set_up, type_of};

/// As many rounds as the variable says, or else as many as are quick.
fn rounds(variable: &str, quick: usize) -> usize {
    std::env::var(variable).map_or(quick, |rounds| rounds.parse().expect("a number of rounds"))
}

/// The agency that everything happens in.
async fn found(client: &Client) {
    set_up(client, AGENTS).await;
    client.put(&format!("/v1/office/appointment-types/{SHORT}")).body(&type_of(1)).ok().await;
}

/// Compares all that was answered with what is stored in this folder, which nobody uses any more, and that with what is
/// shown. Gives the number of events as well.
async fn compare(attempts: &[Attempt], data: &Path) -> (Figures, usize) {
    end_moves(data).await;
    let log = settled(data).await;
    let check = Check::new(attempts, &log);
    let figures = check.run();
    let citas = Launch::new(data).ready().await;
    assert_shown(&citas.client(), &check, &log).await;
    assert_moves_shown(&citas.client(), &check).await;
    assert_eq!(citas.stop().await.code, Some(0));
    (figures, log.len())
}

/// Lets the bulk moves that a killed process has left come to their ends.
async fn end_moves(data: &Path) {
    let citas = Launch::new(data).ready().await;
    let (client, begun_at) = (citas.client(), Instant::now());
    loop {
        let moves = all(&client, "/v1/moves", &head(&client).await).await;
        let mut left = moves.iter().filter(|one| one["status"] != "completed");
        let Some(one) = left.next() else { break };
        assert!(begun_at.elapsed() < STEP_TIMEOUT, "it does not go on: {one}");
        let path = format!("/v1/moves/{}/resume", one["move_id"].as_str().unwrap());
        client.post(&path).body(&json!({})).ok().await;
    }
    assert_eq!(citas.stop().await.code, Some(0));
}

/// What is stored once nothing is left open that a killed process has begun.
async fn settled(data: &Path) -> Vec<Event> {
    loop {
        let log = log::stored(data, AGENTS).await;
        if Timeline::of(&log, |_| 1).unsettled().is_empty() {
            return log;
        }
        let citas = Launch::new(data).ready().await;
        citas.logged("reservation settled").await;
        assert_eq!(citas.stop().await.code, Some(0));
    }
}
