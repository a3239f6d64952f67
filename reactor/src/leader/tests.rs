use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::running::Status;
use crate::sample::{Sample, SampleLog};
use tokio::sync::{mpsc, oneshot, watch};
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
    token: u64,
}

impl LeaderLock for FickleLock {
    type Held = HeldFickle;

    async fn acquire(&self) -> Result<HeldFickle, Retry> {
        let held = self.inner.acquire().await?;
        let taken_away = self.taken_away.subscribe();
        let token = u64::from(*taken_away.borrow()) + 1;
        Ok(HeldFickle { held, taken_away, token })
    }
}

impl HeldLock for HeldFickle {
    fn token(&self) -> u64 {
        self.token
    }

    async fn lost(&self) -> Retry {
        let _ = self.taken_away.clone().changed().await;
        Retry::new("it was taken away")
    }

    async fn release(self) {}
}

#[tokio::test(start_paused = true)]
async fn one_of_two_handles_and_is_stopped_before_the_other_begins() {
    let (log, lock) = (SampleLog::new(), FickleLock::default());
    let processes = ["first", "second"].map(|name| (Sample::new(name), Reactors::default()));
    let leads = processes.iter().map(|(sample, reactors)| {
        let (lock, log) = (&lock, &log);
        let start = async |_: &HeldFickle| Ok(vec![sample.run(log)]);
        async move { run_as_leader("group", lock, reactors, start, pending::<()>()).await }
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
    let start = async |_: &OwnedMutexGuard<()>| {
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
        ended = run_as_leader("group", &lock, &reactors, start, pending::<()>()) => panic!("{ended:?}"),
        () = looks => {}
    }
}

#[tokio::test(start_paused = true)]
async fn who_ends_by_itself_is_named_and_the_lock_let_go_of() {
    let (log, lock, reactors) = (SampleLog::new(), ProcessLock::default(), Reactors::default());
    let start = async |_: &OwnedMutexGuard<()>| {
        Ok(vec![Sample::new("one").run(&log), Sample::new("other").run(&log)])
    };
    let ends = async {
        sleep(RETRY_DELAY).await;
        reactors.find("other").unwrap().stop().await;
    };
    let (ended, ()) = tokio::join!(run_as_leader("group", &lock, &reactors, start, pending::<()>()), ends);
    assert_eq!(ended, Err(LeadershipError::Ended("other")));
    assert!(reactors.find("one").is_none() && lock.0.try_lock().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_start_that_hangs_is_dropped_when_the_lock_is_lost() {
    let (lock, reactors) = (FickleLock::default(), Reactors::default());
    let starts = std::sync::atomic::AtomicU64::new(0);
    let start = async |held: &HeldFickle| {
        starts.store(held.token(), Ordering::SeqCst);
        pending::<Result<Vec<Running>, Retry>>().await
    };
    let looks = async {
        sleep(RETRY_DELAY).await;
        assert_eq!(starts.load(Ordering::SeqCst), 1);
        lock.taken_away.send_modify(|times| *times += 1);
        sleep(2 * RETRY_DELAY).await;
        assert_eq!(starts.load(Ordering::SeqCst), 2, "it is the leader again, with another token");
    };
    tokio::select! {
        ended = run_as_leader("group", &lock, &reactors, start, pending::<()>()) => panic!("{ended:?}"),
        () = looks => {}
    }
}

/// A lock that tells when it is released.
#[derive(Debug, Clone, Default)]
struct ToldLock(Arc<AtomicBool>);

impl LeaderLock for ToldLock {
    type Held = Self;

    async fn acquire(&self) -> Result<Self, Retry> {
        Ok(self.clone())
    }
}

impl HeldLock for ToldLock {
    fn token(&self) -> u64 {
        1
    }

    async fn lost(&self) -> Retry {
        pending().await
    }

    async fn release(self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_to_end_stops_its_reactors_and_then_releases_the_lock() {
    let (log, lock, reactors) = (SampleLog::new(), ToldLock::default(), Reactors::default());
    let sample = Sample::new("one");
    let (ask, asked) = oneshot::channel();
    let start = async |_: &ToldLock| Ok(vec![sample.run(&log)]);
    let asks = async {
        sleep(RETRY_DELAY).await;
        sample.noted(|noted| noted.takes = Duration::from_mins(1));
        log.append("a");
        sleep(RETRY_DELAY).await;
        assert!(!lock.0.load(Ordering::SeqCst));
        ask.send("stop").unwrap();
        reactors.find("one").unwrap()
    };
    let (ended, running) =
        tokio::join!(run_as_leader("group", &lock, &reactors, start, async { asked.await.unwrap() }), asks);
    assert_eq!(ended, Ok("stop"));
    assert!(running.has_ended() && lock.0.load(Ordering::SeqCst));
    assert!(sample.handled().is_empty(), "in the middle of a batch");
}

#[tokio::test(start_paused = true)]
async fn reactors_that_cannot_be_stopped_end_the_process() {
    let (lock, reactors) = (FickleLock::default(), Reactors::default());
    // As of a task that is in code which does not yield.
    let (status, watched) = watch::channel(Status::default());
    let start = async |_: &HeldFickle| {
        let task = tokio::spawn(pending::<()>()).abort_handle();
        let (requests, _) = mpsc::channel(1);
        Ok(vec![Running::new("one", watched.clone(), requests, [task.clone(), task])])
    };
    let takes_away = async {
        sleep(RETRY_DELAY).await;
        lock.taken_away.send_modify(|times| *times += 1);
    };
    let (ended, ()) =
        tokio::join!(run_as_leader("group", &lock, &reactors, start, pending::<()>()), takes_away);
    assert_eq!(ended, Err(LeadershipError::NotStopped("group")));
    drop(status);
}
