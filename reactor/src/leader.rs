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
/// are stopped before the lock is let go of; while it fails, `reactors` says why. Whoever drops this stops `reactors` first.
///
/// # Panics
/// If `start` answers none.
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
            Ok(mut held) => match start().await {
                Ok(running) => {
                    reactors.started(Ok(()));
                    for one in &running {
                        reactors.add(one.clone());
                    }
                    let turn = turn(group, &mut held, &running).await;
                    // Whoever leads next must not meet what this one has under way.
                    reactors.stop_some(running).await;
                    match turn {
                        Ok(ended) => return ended,
                        Err(why) => why,
                    }
                }
                Err(why) => {
                    reactors.started(Err(&why));
                    why
                }
            },
            Err(why) => why,
        };
        metrics::leads(group, false);
        tracing::warn!(group, "{why}; another process may lead now");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until the lock is lost, or one of those that run ends by itself.
async fn turn(group: &'static str, held: &mut impl HeldLock, running: &[Running]) -> Result<Ended, Retry> {
    metrics::leads(group, true);
    tracing::info!(group, "leading");
    let ended = running.iter().map(|one| {
        Box::pin(async {
            one.ended().await;
            Ended(one.name())
        })
    });
    tokio::select! {
        why = held.lost() => Err(why),
        (ended, ..) = futures::future::select_all(ended) => Ok(ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, SampleLog};
    use tokio::sync::watch;
    use tokio::time::{Instant, sleep};

    /// A lock that can be taken away from who has it: whoever waits has it at once.
    #[derive(Debug, Clone, Default)]
    struct FickleLock {
        inner: ProcessLock,
        taken_away: watch::Sender<u32>,
    }

    struct HeldFickle {
        #[expect(dead_code, reason = "it is had for as long as it is kept")]
        held: OwnedMutexGuard<()>,
        taken_away: watch::Receiver<u32>,
    }

    impl LeaderLock for FickleLock {
        type Held = HeldFickle;

        async fn acquire(&self) -> Result<HeldFickle, Retry> {
            let held = self.inner.acquire().await?;
            Ok(HeldFickle { held, taken_away: self.taken_away.subscribe() })
        }
    }

    impl HeldLock for HeldFickle {
        async fn lost(&mut self) -> Retry {
            let _ = self.taken_away.changed().await;
            Retry::new("it was taken away")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_two_handles_and_is_stopped_before_the_other_begins() {
        let (log, lock) = (SampleLog::new(), FickleLock::default());
        let processes = ["first", "second"].map(|name| (Sample::new(name), Reactors::default()));
        let leads = processes.iter().map(|(sample, reactors)| {
            let (lock, log) = (&lock, &log);
            let start = async || Ok(vec![sample.run(log)]);
            async move { lead("group", lock, reactors, start).await }
        });
        tokio::select! {
            ended = futures::future::join_all(leads) => panic!("{ended:?}"),
            () = first_until_the_lock_is_lost(&processes, &log, &lock) => {}
        }
    }

    async fn first_until_the_lock_is_lost(
        processes: &[(Sample, Reactors); 2],
        log: &SampleLog,
        lock: &FickleLock,
    ) {
        sleep(PAUSE).await;
        let [(first, of_first), (second, of_second)] = processes;
        log.append("a");
        sleep(PAUSE).await;
        assert_eq!((first.handled().len(), second.handled().len()), (1, 0), "one of them leads");
        let led = of_first.find("first").unwrap();
        assert!(of_second.find("second").is_none());

        // In the middle of a batch.
        first.noted(|noted| noted.takes = Duration::from_mins(1));
        log.append("a");
        sleep(PAUSE).await;
        let lost_at = Instant::now();
        lock.taken_away.send_modify(|times| *times += 1);
        sleep(Duration::from_millis(1)).await;
        assert!(led.has_ended() && of_first.find("first").is_none());
        let leads = of_second.find("second").expect("the other leads at once");
        assert!(leads.caught_up().await.is_ok() && lost_at.elapsed() < PAUSE);
        assert_eq!((first.handled().len(), second.handled().len()), (1, 2));
        sleep(Duration::from_mins(2)).await;
        assert_eq!(first.handled().len(), 1, "nothing of it goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn why_a_turn_cannot_begin_is_told_until_one_does() {
        let (log, lock, reactors) = (SampleLog::new(), ProcessLock::default(), Reactors::default());
        let began = Instant::now();
        let start = async || {
            if began.elapsed() < Duration::from_mins(1) {
                return Err(Retry::new("the tables cannot be made"));
            }
            Ok(vec![Sample::new("one").run(&log)])
        };
        assert_eq!(reactors.can_lead(), Ok(()));
        let looks = async {
            for _ in 0..59 {
                sleep(PAUSE).await;
                assert_eq!(reactors.can_lead(), Err("the tables cannot be made".to_owned()));
            }
            sleep(2 * PAUSE).await;
            assert!(reactors.can_lead().is_ok() && reactors.find("one").is_some());
        };
        tokio::select! {
            ended = lead("group", &lock, &reactors, start) => panic!("{ended}"),
            () = looks => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_ends_by_itself_is_named_and_the_lock_let_go_of() {
        let (log, lock, reactors) = (SampleLog::new(), ProcessLock::default(), Reactors::default());
        let start = async || Ok(vec![Sample::new("one").run(&log), Sample::new("other").run(&log)]);
        let ends = async {
            sleep(PAUSE).await;
            reactors.find("other").unwrap().stop().await;
        };
        let (ended, ()) = tokio::join!(lead("group", &lock, &reactors, start), ends);
        assert_eq!(ended, Ended("other"));
        assert!(reactors.find("one").is_none() && lock.0.try_lock().is_ok());
    }
}
