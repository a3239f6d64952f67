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

use system_tests::{Client, Launch};

use attempt::Attempt;
use check::{Check, Figures, assert_shown};
use operation::{AGENTS, SHORT};

use crate::history::log::{self, Event};
use crate::history::timeline::Timeline;
use crate::support::{set_up, type_of};

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
    let log = settled(data).await;
    let check = Check::new(attempts, &log);
    let figures = check.run();
    let citas = Launch::new(data).ready().await;
    assert_shown(&citas.client(), &check, &log).await;
    assert_eq!(citas.stop().await.code, Some(0));
    (figures, log.len())
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
