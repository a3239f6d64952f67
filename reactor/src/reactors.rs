use std::sync::{Arc, Mutex, PoisonError};

use crate::{NotReady, ResumeError, Resumed, Retry, Running, StoreTrouble};

/// The most parked streams that are named.
const NAMED: usize = 20;

/// The reactors that run in this process, for readiness checks and for operators. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Reactors {
    running: Arc<Mutex<Vec<Running>>>,
    cannot_start: Arc<Mutex<Option<String>>>,
}

impl Reactors {
    /// Adds a running reactor.
    pub fn add(&self, running: Running) {
        self.lock().push(running);
    }

    /// The reactor of this name, if it runs in this process.
    pub fn find(&self, name: &str) -> Option<Running> {
        self.lock().iter().find(|running| running.name() == name).cloned()
    }

    /// Whether the reactor of this name has caught up. One that does not run in this process counts as ready: another
    /// process runs it, or this process is not the leader.
    pub fn ready(&self, name: &str) -> Result<(), NotReady> {
        self.find(name).map_or(Ok(()), |running| running.ready())
    }

    /// The same for a reactor that no other process may run: while it does not run, it has not caught up.
    pub fn ready_here(&self, name: &str) -> Result<(), NotReady> {
        self.find(name).map_or(Err(NotReady::CatchingUp { position: 0 }), |running| running.ready())
    }

    /// Whether the event store can be used, as the reactors that run in this process have last seen it.
    pub fn store(&self) -> Result<(), StoreTrouble> {
        self.lock().iter().try_for_each(Running::store)
    }

    /// Fails if streams are parked, naming the first of them and the number of the others.
    pub fn nothing_parked(&self) -> Result<(), String> {
        let by_reactor: Vec<_> = self.lock().iter().map(|one| (one.name(), one.shared_parked())).collect();
        let mut parked = by_reactor
            .iter()
            .flat_map(|(name, parked)| parked.values().map(move |parked| format!("{name}: {parked}")));
        let mut told: Vec<String> = parked.by_ref().take(NAMED).collect();
        let others = parked.count();
        if others > 0 {
            told.push(format!("and {others} more"));
        }
        if told.is_empty() { Ok(()) } else { Err(told.join("; ")) }
    }

    /// Fails if the group could not be started when this process last became the leader.
    pub fn can_lead(&self) -> Result<(), String> {
        self.cannot_start.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    pub(crate) fn started(&self, outcome: Result<(), &Retry>) {
        let why = outcome.err().map(ToString::to_string);
        *self.cannot_start.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Retries a parked stream from the event at which it is parked.
    pub async fn retry(&self, reactor: &str, stream: &str) -> Result<Resumed, ResumeError> {
        self.find(reactor).ok_or(ResumeError::NotHere)?.resume(stream, None).await
    }

    /// Skips the event at which a stream is parked, if it has this revision, and handles those after it.
    pub async fn skip(&self, reactor: &str, stream: &str, revision: u64) -> Result<Resumed, ResumeError> {
        self.find(reactor).ok_or(ResumeError::NotHere)?.resume(stream, Some(revision)).await
    }

    /// Stops all reactors, and waits until nothing of them is under way.
    pub async fn stop(&self) {
        let all = self.lock().clone();
        self.stop_some(all).await;
    }

    /// Stops some reactors in the same way.
    pub(crate) async fn stop_some(&self, some: Vec<Running>) {
        self.lock().retain(|one| some.iter().all(|other| other.name() != one.name()));
        // All at once: none goes on for as long as another takes.
        some.iter().for_each(Running::cancel);
        for one in some {
            one.ended().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
