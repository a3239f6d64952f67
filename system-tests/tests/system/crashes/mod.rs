//! Killed again and again under load, and every answer that was given compared with what is stored in the end.

mod check;
mod checker_tests;
mod operation;
mod power_cut;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use system_tests::{Citas, Client, Launch, STEP_TIMEOUT, SeededRng};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use check::Check;
use operation::{AGENTS, Answered, Operation};
use power_cut::PowerCut;

use crate::history::log::{self, Event};
use crate::support::set_up;

const KILLS: usize = 25;
const POWER_CUTS: usize = 10;
const CLIENTS: usize = 6;

/// As many rounds as the variable says, or else as many as are quick.
fn rounds(variable: &str, quick: usize) -> usize {
    std::env::var(variable).map_or(quick, |rounds| rounds.parse().expect("a number of rounds"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_before_a_kill_is_true_after_it() {
    check_rounds("crashes", rounds("CITAS_TEST_KILLS", KILLS), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_before_a_power_cut_is_true_after_it() {
    let tools = tempfile::tempdir().unwrap();
    let power_cut = PowerCut::in_folder(tools.path());
    check_rounds("power cuts", rounds("CITAS_TEST_POWER_CUTS", POWER_CUTS), Some(power_cut)).await;
}

/// Rounds of load that each end by a kill, with a power cut or without.
#[expect(clippy::print_stdout, reason = "it is a test, of which the figures are wanted")]
async fn check_rounds(seed: &str, rounds: usize, power_cut: Option<PowerCut>) {
    let mut dice = SeededRng::thrown(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let launch =
        || power_cut.as_ref().map_or_else(|| Launch::new(&data), |power_cut| power_cut.launch(&data));
    let mut citas = launch().ready().await;
    let mut writes_lost = 0;
    set_up(&citas.client(), AGENTS).await;
    let (mut answered, mut settled, mut done): (Vec<Answered>, usize, usize) = (Vec::new(), 0, 0);
    for _ in 0..rounds {
        let load = Arc::new(Load::new(&answered, 20 + dice.below(100)));
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (load, client, dice) = (Arc::clone(&load), citas.client().another(), dice.split());
            clients.spawn(async move { load.run(&client, dice).await });
        }
        load.spent.notified().await;
        if dice.one_in(2) {
            until_written(&data.join("events.db-wal")).await;
        }
        citas.kill().await;
        let ended = clients.join_all().await;
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
        for (of_client, open) in ended {
            answered.extend(of_client);
            let again = settle(&citas, &open).await;
            settled += 1;
            done += usize::from(again.is_replay());
            answered.push(again);
        }
        repeat_some(&citas, &answered, &mut dice).await;
    }
    let log = log::read(&citas.client()).await;
    let accepted = Check::new(&answered, &log).run();
    println!("{} operations, {accepted} accepted, {} events", answered.len(), log.len());
    println!("{settled} were not answered, {done} of them had been done; {writes_lost} writes were lost");
    // Kills that always came before the work, or always after it, would have shown little.
    assert!(0 < done && done < settled);
    assert_eq!(writes_lost > 0, power_cut.is_some());
    assert!(citas.stop().await.code == Some(0));
}

/// Waits for the next write: the moment at which most is done and least is answered.
async fn until_written(file: &Path) {
    let state = || fs::metadata(file).and_then(|file| Ok((file.len(), file.modified()?))).ok();
    let (before, begun_at) = (state(), Instant::now());
    while state() == before && begun_at.elapsed() < STEP_TIMEOUT {
        tokio::task::yield_now().await;
    }
}

/// What the clients of one round share.
struct Load {
    appointments: Mutex<Vec<String>>,
    answers_left: AtomicUsize,
    spent: Notify,
}

impl Load {
    fn new(answered: &[Answered], answers: usize) -> Self {
        let appointments = answered.iter().filter_map(appointment_booked).collect();
        Self {
            appointments: Mutex::new(appointments),
            answers_left: AtomicUsize::new(answers),
            spent: Notify::new(),
        }
    }

    /// Sends one operation after the other until one is not answered, which is given back too.
    async fn run(&self, client: &Client, mut dice: SeededRng) -> (Vec<Answered>, Open) {
        let mut answered = Vec::new();
        loop {
            let operation = Operation::random(&mut dice, &self.appointments.lock().unwrap());
            let sent_at = Instant::now();
            let Some(one) = operation.send(client, sent_at).await else {
                return (answered, Open { operation, sent_at });
            };
            self.appointments.lock().unwrap().extend(appointment_booked(&one));
            answered.push(one);
            if self.answers_left.fetch_sub(1, Ordering::Relaxed) == 1 {
                self.spent.notify_one();
            }
        }
    }
}

/// What was sent and not answered.
struct Open {
    operation: Operation,
    sent_at: Instant,
}

fn appointment_booked(answered: &Answered) -> Option<String> {
    let body = answered.accepted().filter(|_| answered.operation.appointment().is_none())?;
    body["appointment_id"].as_str().map(str::to_owned)
}

/// Finds out what became of an operation that was not answered, by sending it again.
async fn settle(citas: &Citas, Open { operation, sent_at }: &Open) -> Answered {
    let client = citas.client();
    let appointment = if let Some(appointment) = operation.appointment() {
        Some(appointment.to_owned())
    } else {
        let list = client.get(&format!("/v1/appointments?lead_id={}", operation.lead())).ok().await;
        let items = list["items"].as_array().unwrap();
        assert!(items.len() <= 1, "booked twice: {list}");
        items.first().map(|item| item["id"].as_str().unwrap().to_owned())
    };
    let done = match &appointment {
        Some(appointment) => events_of(&client, operation, appointment).await,
        None => Vec::new(),
    };
    let again = operation.send(&client, *sent_at).await.unwrap();
    if !operation.is_reassignment() {
        assert!(done.len() <= 1, "done twice: {operation:?} {done:?}");
        assert_eq!(again.is_replay(), !done.is_empty(), "{again:?} {done:?}");
        if let Some(event) = done.first() {
            assert_eq!(again.accepted().unwrap()["version"], event.version, "{again:?}");
        }
    }
    again
}

async fn events_of(client: &Client, operation: &Operation, appointment: &str) -> Vec<Event> {
    let history = log::history(client, appointment).await;
    history.into_iter().filter(|event| event.operation == operation.id).collect()
}

/// Sends a few again that were answered in any round before: the same answer, and nothing new.
async fn repeat_some(citas: &Citas, answered: &[Answered], dice: &mut SeededRng) {
    let client = citas.client();
    for _ in 0..5 {
        let Answered { operation, answer, .. } = dice.pick(answered);
        if operation.is_reassignment() || !answer.status.is_success() {
            continue;
        }
        let mut expected = answer.json();
        let appointment = expected["appointment_id"].as_str().unwrap();
        // What changed nothing left nothing to remember it by, and would be decided again.
        if events_of(&client, operation, appointment).await.is_empty() {
            continue;
        }
        let again = operation.send(&client, Instant::now()).await.unwrap();
        assert!(again.is_replay(), "{again:?}");
        let mut body = again.accepted().unwrap();
        assert!(body["position"].as_u64() <= expected["position"].as_u64(), "{answer:?} {again:?}");
        (body["position"], expected["position"]) = (0.into(), 0.into());
        assert_eq!(body, expected, "{operation:?}");
    }
}
