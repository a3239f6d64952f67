use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{Reactors, Retry, Running, metrics};

/// How long a process that lost the lock, or could not ask for it, waits before it asks again.
const PAUSE: Duration = Duration::from_secs(1);

/// What one process at a time has.
pub trait LeaderLock: Send + Sync {
    /// The lock as it is had; somebody else can have it once this is dropped.
    type Held: HeldLock;

    /// Waits until nobody else has it.
    fn acquire(&self) -> impl Future<Output = Result<Self::Held, Retry>> + Send;
}

/// A lock that is had.
pub trait HeldLock: Send {
    /// Waits until it is lost, and says why.
    fn lost(&mut self) -> impl Future<Output = Retry> + Send;
}

/// The lock where one process is all there is: clones share it, and it is never lost.
#[derive(Debug, Clone, Default)]
pub struct ProcessLock(Arc<Mutex<()>>);

impl LeaderLock for ProcessLock {
    type Held = OwnedMutexGuard<()>;

    async fn acquire(&self) -> Result<Self::Held, Retry> {
        Ok(Arc::clone(&self.0).lock_owned().await)
    }
}

impl HeldLock for OwnedMutexGuard<()> {
    async fn lost(&mut self) -> Retry {
        std::future::pending().await
    }
}

/// A reactor that is led has ended by itself, which is a bug that only a new process mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} ended unexpectedly")]
pub struct Ended(pub &'static str);

/// Runs a group of reactors whenever no other process does, until one of them ends by itself.
///
/// `start` is called each time that the lock is had, and answers those that run. They are in `reactors` meanwhile, and
/// are stopped before the lock is let go of. Whoever drops this stops `reactors` first.
pub async fn lead<L: LeaderLock>(
    group: &'static str,
    lock: &L,
    reactors: &Reactors,
    start: impl AsyncFn() -> Result<Vec<Running>, Retry>,
) -> Ended {
    loop {
        metrics::leads(group, false);
        tracing::info!(group, "waiting for the leader lock");
        let why = match lock.acquire().await {
            Ok(mut held) => {
                let turn = turn(group, &mut held, reactors, &start).await;
                // Whoever leads next must not meet what this one has under way.
                reactors.stop().await;
                match turn {
                    Ok(ended) => return ended,
                    Err(why) => why,
                }
            }
            Err(why) => why,
        };
        metrics::leads(group, false);
        tracing::warn!(group, "{why}; another process may lead now");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn turn(
    group: &'static str,
    held: &mut impl HeldLock,
    reactors: &Reactors,
    start: &impl AsyncFn() -> Result<Vec<Running>, Retry>,
) -> Result<Ended, Retry> {
    start().await?.into_iter().for_each(|running| reactors.add(running));
    metrics::leads(group, true);
    tracing::info!(group, "leading");
    let running = reactors.running();
    let ended = running.iter().map(|one| Box::pin(async { one.ended().await; one.name() }));
    tokio::select! {
        why = held.lost() => Err(why),
        (name, ..) = futures::future::select_all(ended) => Ok(Ended(name)),
    }
}
