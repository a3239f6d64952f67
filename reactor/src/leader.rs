//! Leader election: one process at a time holds a lock, and runs a group of reactors while it does.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{sleep, timeout};

use crate::{Reactors, Retry, Running, metrics};

/// The pause before a lock that was lost, or could not be acquired, is requested again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// How long the reactors of a lost lock may take to stop. They are cancelled at once; only code that does not yield, which is
/// a bug, goes on for longer.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A lock that one process holds at a time.
pub trait LeaderLock: Send + Sync {
    /// The held lock.
    type Held: HeldLock;

    /// Waits until no other process holds it, and acquires it.
    fn acquire(&self) -> impl Future<Output = Result<Self::Held, Retry>> + Send;
}

/// A lock that this process holds.
pub trait HeldLock: Send {
    /// The fencing token: each holder's is greater than that of all before it. Whatever stores a leader's effects refuses
    /// those that come with the token of a former one, which may not know yet that it has lost the lock.
    fn token(&self) -> u64;

    /// Waits until it is lost, and says why.
    fn lost(&self) -> impl Future<Output = Retry> + Send;

    /// Releases it for another process, which need not wait then. Returns within seconds, released or not.
    fn release(self) -> impl Future<Output = ()> + Send;
}

/// The lock for a system of one process: clones share it, and it is never lost.
#[derive(Debug, Clone, Default)]
pub struct ProcessLock(Arc<Mutex<()>>);

impl LeaderLock for ProcessLock {
    type Held = OwnedMutexGuard<()>;

    async fn acquire(&self) -> Result<Self::Held, Retry> {
        Ok(Arc::clone(&self.0).lock_owned().await)
    }
}

impl HeldLock for OwnedMutexGuard<()> {
    /// There is no other process.
    fn token(&self) -> u64 {
        0
    }

    async fn lost(&self) -> Retry {
        std::future::pending().await
    }

    async fn release(self) {}
}

/// Why a group cannot be led by this process any more. Both are bugs; the process has to be restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LeadershipError {
    /// A reactor has ended by itself.
    #[error("{0} ended unexpectedly")]
    Ended(&'static str),
    /// The reactors of a lost lock go on: only the end of the process ends them.
    #[error("the reactors of {0} do not stop although another process leads")]
    NotStopped(&'static str),
}

/// How a turn as the leader ends.
enum TurnEnd<T> {
    Asked(T),
    Lost(Retry),
    CannotStart(Retry),
    Failed(LeadershipError),
}

/// Runs a group of reactors whenever this process holds the lock, until `until` is ready, whose output it returns.
///
/// `start` is called each time that the lock is acquired, and returns the running reactors. They are in `reactors`
/// meanwhile, and are stopped before the lock is released and before this returns. While `start` fails, `reactors` reports
/// why. The lock may be lost at any moment, also during `start`, which is then dropped.
///
/// # Panics
/// If `start` returns none.
pub async fn run_as_leader<L: LeaderLock, T>(
    group: &'static str,
    lock: &L,
    reactors: &Reactors,
    start: impl AsyncFn(&L::Held) -> Result<Vec<Running>, Retry>,
    until: impl Future<Output = T>,
) -> Result<T, LeadershipError> {
    let mut until = std::pin::pin!(until);
    loop {
        metrics::leads(group, false);
        tracing::info!(group, "waiting for the leader lock");
        let acquired = tokio::select! {
            asked = &mut until => return Ok(asked),
            acquired = lock.acquire() => acquired,
        };
        let why = match acquired {
            Ok(held) => {
                let mut running = Vec::new();
                let end = tokio::select! {
                    asked = &mut until => TurnEnd::Asked(asked),
                    why = held.lost() => TurnEnd::Lost(why),
                    end = run_group(group, &held, reactors, &start, &mut running) => end,
                };
                metrics::leads(group, false);
                stop(group, reactors, running).await?;
                match end {
                    TurnEnd::Lost(why) => why,
                    TurnEnd::Asked(asked) => {
                        held.release().await;
                        return Ok(asked);
                    }
                    TurnEnd::CannotStart(why) => {
                        held.release().await;
                        why
                    }
                    TurnEnd::Failed(error) => {
                        held.release().await;
                        return Err(error);
                    }
                }
            }
            Err(why) => why,
        };
        tracing::warn!(group, "{why}; another process may be the leader now");
        tokio::select! {
            asked = &mut until => return Ok(asked),
            () = sleep(RETRY_DELAY) => {}
        }
    }
}

/// Starts the group, and waits until one of its reactors ends by itself.
async fn run_group<H, T>(
    group: &'static str,
    held: &H,
    reactors: &Reactors,
    start: &impl AsyncFn(&H) -> Result<Vec<Running>, Retry>,
    running: &mut Vec<Running>,
) -> TurnEnd<T> {
    match start(held).await {
        Ok(started) => {
            reactors.started(Ok(()));
            running.extend(started);
        }
        Err(why) => {
            reactors.started(Err(&why));
            return TurnEnd::CannotStart(why);
        }
    }
    for one in &*running {
        reactors.add(one.clone());
    }
    metrics::leads(group, true);
    tracing::info!(group, "this process is the leader");
    let ended = running.iter().map(|one| {
        Box::pin(async {
            one.ended().await;
            LeadershipError::Ended(one.name())
        })
    });
    let (error, ..) = futures::future::select_all(ended).await;
    TurnEnd::Failed(error)
}

/// Stops the reactors of a turn: the next leader must not start while work is under way here.
async fn stop(
    group: &'static str,
    reactors: &Reactors,
    running: Vec<Running>,
) -> Result<(), LeadershipError> {
    let stopped = timeout(STOP_TIMEOUT, reactors.stop_some(running)).await;
    stopped.map_err(|_| LeadershipError::NotStopped(group))
}

#[cfg(test)]
mod tests;
