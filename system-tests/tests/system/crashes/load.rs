//! Clients that ask one process or several for one thing after the other, and repeat what was not answered.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_tests::{Client, STEP_TIMEOUT, SeededRng};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::attempt::Attempt;
use super::known::Known;
use super::operation::Operation;

const CLIENTS: usize = 6;

/// One in so many requests is not waited for.
const DROPPED: usize = 12;
const LONGEST_WAIT_MILLIS: usize = 25;

/// What the clients of all processes share.
#[derive(Debug)]
pub(crate) struct Load {
    /// A client of each process; none while it does not run.
    processes: Vec<watch::Sender<Option<Client>>>,
    known: Known,
    attempts: Mutex<Vec<Attempt>>,
    answered: AtomicUsize,
    dropped: AtomicUsize,
    goes_on: Notify,
    is_over: AtomicBool,
}

impl Load {
    /// For so many processes, of which none runs yet.
    pub(crate) fn new(processes: usize) -> Arc<Self> {
        Arc::new(Self {
            processes: (0..processes).map(|_| watch::channel(None).0).collect(),
            known: Known::default(),
            attempts: Mutex::default(),
            answered: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
            goes_on: Notify::new(),
            is_over: AtomicBool::new(false),
        })
    }

    /// The process answers here from now on, or not any more.
    pub(crate) fn is_at(&self, process: usize, client: Option<Client>) {
        self.processes[process].send_replace(client);
    }

    pub(crate) fn start(self: &Arc<Self>, dice: &mut SeededRng) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (load, dice) = (Arc::clone(self), dice.split());
            clients.spawn(async move { load.run(dice).await });
        }
        clients
    }

    /// Waits until so many more have been answered, for as long as there is another answer each minute.
    pub(crate) async fn answers(&self, more: usize) {
        let wanted = self.answered.load(Ordering::SeqCst) + more;
        loop {
            let changed = self.goes_on.notified();
            if self.answered.load(Ordering::SeqCst) >= wanted {
                return;
            }
            if timeout(STEP_TIMEOUT, changed).await.is_err() {
                let last = self.attempts.lock().unwrap().last_chunk::<CLIENTS>().cloned();
                panic!("the clients do not go on after {last:#?}");
            }
        }
    }

    /// Ends it once everything with a key is answered. Gives what was sent, in any order, and how often nobody waited.
    pub(crate) async fn end(&self, clients: JoinSet<()>) -> (Vec<Attempt>, usize) {
        self.is_over.store(true, Ordering::SeqCst);
        timeout(STEP_TIMEOUT, clients.join_all()).await.expect("everything is answered in the end");
        (std::mem::take(&mut *self.attempts.lock().unwrap()), self.dropped.load(Ordering::SeqCst))
    }

    async fn run(&self, mut dice: SeededRng) {
        while !self.is_over.load(Ordering::SeqCst) {
            let earlier = if dice.one_in(8) { self.known.earlier(&mut dice) } else { None };
            let operation = earlier.unwrap_or_else(|| self.known.any(&mut dice));
            if operation.key.is_some() && dice.one_in(20) {
                // To two processes at once, if there are two.
                let mut other = dice.split();
                tokio::join!(self.ask(&operation, &mut dice), self.ask(&operation, &mut other));
            } else {
                self.ask(&operation, &mut dice).await;
            }
        }
    }

    /// Sends it, and again until it is answered if it has a key, to any process each time.
    async fn ask(&self, operation: &Operation, dice: &mut SeededRng) {
        let mut last = dice.below(self.processes.len());
        for before in 0.. {
            let (process, client) = self.client(last).await;
            let attempt = if dice.one_in(DROPPED) {
                let millis = u64::try_from(dice.below(LONGEST_WAIT_MILLIS)).unwrap();
                let attempt = Attempt::drop_after(operation, &client, Duration::from_millis(millis)).await;
                self.dropped.fetch_add(usize::from(attempt.answer.is_none()), Ordering::SeqCst);
                attempt
            } else {
                Attempt::send(operation, &client, before).await
            };
            self.known.note(&attempt);
            let is_answered = attempt.answer.is_some();
            self.attempts.lock().unwrap().push(attempt);
            if is_answered {
                self.answered.fetch_add(1, Ordering::SeqCst);
                self.goes_on.notify_waiters();
            }
            if is_answered || operation.key.is_none() {
                return;
            }
            last = process + 1;
        }
    }

    /// A client of this process, or of the next one that runs.
    async fn client(&self, process: usize) -> (usize, Client) {
        let count = self.processes.len();
        for number in (process..process + count).map(|number| number % count) {
            if let Some(client) = self.processes[number].borrow().clone() {
                return (number, client);
            }
        }
        let number = process % count;
        let mut changed = self.processes[number].subscribe();
        let runs = changed.wait_for(Option::is_some);
        let client = timeout(STEP_TIMEOUT, runs).await.expect("it runs again").unwrap().clone();
        (number, client.unwrap())
    }
}
