use std::sync::{Arc, Mutex, PoisonError};

use crate::{NotReady, ParkedStream, ResumeError, Resumed, Running};

/// The reactors that run in this process at present, for those who ask how they are and for operators. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Reactors {
    running: Arc<Mutex<Vec<Running>>>,
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

    /// What is parked, by reactor.
    pub fn parked(&self) -> Vec<(&'static str, ParkedStream)> {
        let running = self.lock();
        running.iter().flat_map(|one| one.parked().into_iter().map(|parked| (one.name(), parked))).collect()
    }

    /// Names everything that is parked, if anything is.
    pub fn nothing_parked(&self) -> Result<(), String> {
        let parked = self.parked();
        let told: Vec<String> = parked.iter().map(|(name, parked)| format!("{name}: {parked}")).collect();
        if told.is_empty() { Ok(()) } else { Err(told.join("; ")) }
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
