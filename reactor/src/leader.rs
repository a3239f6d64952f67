//! Leader election: one process at a time holds a lock, and runs a group of reactors while it does.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{Reactors, Retry, Running, metrics};

/// The pause before a lock that was lost, or could not be acquired, is requested again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// A lock that one process holds at a time.
pub trait LeaderLock: Send + Sync {
    /// The held lock; dropping it releases it.
    type Held: HeldLock;

    /// Waits until no other process holds it, and acquires it.
    fn acquire(&self) -> impl Future<Output = Result<Self::Held, Retry>> + Send;
}

/// A lock that this process holds.
pub trait HeldLock: Send {
    /// Waits until it is lost, and says why.
    fn lost(&mut self) -> impl Future<Output = Retry> + Send;
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
    async fn lost(&mut self) -> Retry {
        std::future::pending().await
    }
}

/// A reactor of the group has ended by itself: a bug, after which the process has to be restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} ended unexpectedly")]
pub struct Ended(pub &'static str);

/// Runs a group of reactors whenever this process holds the lock, until one of them ends by itself.
///
/// `start` is called each time that the lock is acquired, and returns the running reactors. They are in `reactors`
/// meanwhile, and are stopped before the lock is released. While `start` fails, `reactors` reports why. Stop
/// `reactors` before you drop this future.
///
/// # Panics If `start` returns none.
pub async fn run_as_leader<L: LeaderLock>(
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
                    let turn = hold_leadership(group, &mut held, &running).await;
                    // The next leader must not start while work is under way here.
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
        tracing::warn!(group, "{why}; another process may be the leader now");
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

/// Waits until the lock is lost, or one of the reactors ends by itself.
async fn hold_leadership(
    group: &'static str,
    held: &mut impl HeldLock,
    running: &[Running],
) -> Result<Ended, Retry> {
    metrics::leads(group, true);
    tracing::info!(group, "this process is the leader");
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

    /// A lock that can be taken away from its holder: the next that waits acquires it at once.
    #[derive(Debug, Clone, Default)]
    struct FickleLock {
        inner: ProcessLock,
        taken_away: watch::Sender<u32>,
    }

    struct HeldFickle {
        #[expect(dead_code, reason = "it is held until it is dropped")]
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
            async move { run_as_leader("group", lock, reactors, start).await }
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
        sleep(RETRY_DELAY).await;
        let [(first, of_first), (second, of_second)] = processes;
        log.append("a");
        sleep(RETRY_DELAY).await;
        assert_eq!((first.handled().len(), second.handled().len()), (1, 0), "one of them leads");
        let led = of_first.find("first").unwrap();
        assert!(of_second.find("second").is_none());

        // In the middle of a batch.
        first.noted(|noted| noted.takes = Duration::from_mins(1));
        log.append("a");
        sleep(RETRY_DELAY).await;
        let lost_at = Instant::now();
        lock.taken_away.send_modify(|times| *times += 1);
        sleep(Duration::from_millis(1)).await;
        assert!(led.has_ended() && of_first.find("first").is_none());
        let leads = of_second.find("second").expect("the other leads at once");
        assert!(leads.caught_up().await.is_ok() && lost_at.elapsed() < RETRY_DELAY);
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
                sleep(RETRY_DELAY).await;
                assert_eq!(reactors.can_lead(), Err("the tables cannot be made".to_owned()));
            }
            sleep(2 * RETRY_DELAY).await;
            assert!(reactors.can_lead().is_ok() && reactors.find("one").is_some());
        };
        tokio::select! {
            ended = run_as_leader("group", &lock, &reactors, start) => panic!("{ended}"),
            () = looks => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_ends_by_itself_is_named_and_the_lock_let_go_of() {
        let (log, lock, reactors) = (SampleLog::new(), ProcessLock::default(), Reactors::default());
        let start = async || Ok(vec![Sample::new("one").run(&log), Sample::new("other").run(&log)]);
        let ends = async {
            sleep(RETRY_DELAY).await;
            reactors.find("other").unwrap().stop().await;
        };
        let (ended, ()) = tokio::join!(run_as_leader("group", &lock, &reactors, start), ends);
        assert_eq!(ended, Ended("other"));
        assert!(reactors.find("one").is_none() && lock.0.try_lock().is_ok());
    }
}
