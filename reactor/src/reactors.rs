use std::sync::{Arc, Mutex, PoisonError};

use crate::{NotReady, ResumeError, Resumed, Retry, Running};

/// As many parked streams are named.
const NAMED: usize = 20;

/// The reactors that run in this process at present, for those who ask how they are and for operators. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Reactors {
    running: Arc<Mutex<Vec<Running>>>,
    cannot_start: Arc<Mutex<Option<String>>>,
}

impl Reactors {
    /// One more runs.
    pub fn add(&self, running: Running) {
        self.lock().push(running);
    }

    /// The one of this name, if it runs here.
    pub fn find(&self, name: &str) -> Option<Running> {
        self.lock().iter().find(|running| running.name() == name).cloned()
    }

    /// Whether the one of this name has everything handled, give or take the moment. One that does not run here is not
    /// behind: another process runs it, or it has its turn yet to come.
    pub fn ready(&self, name: &str) -> Result<(), NotReady> {
        self.find(name).map_or(Ok(()), |running| running.ready())
    }

    /// The same where no other process may run it: one that does not run yet has all of the past to handle.
    pub fn ready_here(&self, name: &str) -> Result<(), NotReady> {
        self.find(name).map_or(Err(NotReady::CatchingUp { position: 0 }), |running| running.ready())
    }

    /// Names what is parked, if anything is; of many, the first, and how many others there are.
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

    /// Why those that are led could not be started the last time that it was this process's turn, if they could not.
    pub fn can_lead(&self) -> Result<(), String> {
        self.cannot_start.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    pub(crate) fn started(&self, outcome: Result<(), &Retry>) {
        let why = outcome.err().map(ToString::to_string);
        *self.cannot_start.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Tries a parked stream again from the event at which it is parked.
    pub async fn retry(&self, reactor: &str, stream: &str) -> Result<Resumed, ResumeError> {
        self.find(reactor).ok_or(ResumeError::NotHere)?.resume(stream, None).await
    }

    /// Passes over the event at which a stream is parked, if it is of this revision, and tries those after it.
    pub async fn skip(&self, reactor: &str, stream: &str, revision: u64) -> Result<Resumed, ResumeError> {
        self.find(reactor).ok_or(ResumeError::NotHere)?.resume(stream, Some(revision)).await
    }

    /// Ends all of them, and waits until nothing of them is under way any more.
    pub async fn stop(&self) {
        let all = self.lock().clone();
        self.stop_some(all).await;
    }

    /// Ends some of them, as the others end.
    pub(crate) async fn stop_some(&self, some: Vec<Running>) {
        self.lock().retain(|one| some.iter().all(|other| other.name() != one.name()));
        for one in some {
            one.stop().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
