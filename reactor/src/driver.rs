//! Runs one reactor: subscribes, gathers events into batches, retries, resumes parked streams, publishes the status.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use event_store::{Cause, EventStore, Fault, RecordedEvent, SubscriptionItem};
use futures::FutureExt as _;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant as TokioInstant, Interval, MissedTickBehavior, interval_at, sleep};

use crate::lag::{self, Lag};
use crate::log::{Items as _, Log};
use crate::metrics::{self, Telemetry};
use crate::resume::{Request, ResumeError};
use crate::running::{AtLog, Status};
use crate::store_state::{StoreState, why};
use crate::{ParkedStream, ParkingHandler, Reactor, Retry, Running};

/// How many waiting events are handled together.
const MAX_BATCH: usize = 2048;
/// The pause before a reactor that failed begins again; it doubles while the failure lasts.
const RETRY_DELAYS: std::ops::RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(5);
/// A batch that takes longer is logged, and shows in the readiness.
const SLOW: Duration = Duration::from_secs(5);
/// The pause before the log is looked at again that could not be read.
const LOOK_DELAY: Duration = Duration::from_millis(500);
/// How often the clock is checked for a reactor that wants to be woken.
const TICK: Duration = Duration::from_secs(1);

pub(crate) type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Runs a reactor in this process until the returned handle is dropped.
///
/// `now` is the clock for waking the reactor. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    reactor: impl Reactor + 'static,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Running {
    let (name, lag) = (reactor.name(), reactor.reports_lag().then(|| reactor.filter()));
    let (log, store) = (store.clone(), store.clone());
    let (seen, at_log) = watch::channel(AtLog::default());
    let running = drive(log, reactor, Arc::new(now), |status| async move {
        if let Some(filter) = lag {
            lag::tell(store, Lag { reactor: name, filter }, status, seen).await;
        }
    });
    running.with_log(at_log)
}

/// Runs a reactor over any log, with a task beside it that watches its status.
pub(crate) fn drive<W: Future<Output = ()> + Send + 'static>(
    log: impl Log,
    reactor: impl Reactor + 'static,
    now: Now,
    beside: impl FnOnce(watch::Receiver<Status>) -> W,
) -> Running {
    let name = reactor.name();
    metrics::begin(name);
    let (status, watched) = watch::channel(Status::default());
    let (sender, requests) = mpsc::channel(1);
    let beside = tokio::spawn(beside(watched.clone()));
    let handling = ParkingHandler::new(reactor);
    let driver = Driver { handling, log, requests, now, failing: None, telemetry: Telemetry(name), status };
    let running = tokio::spawn(driver.run());
    Running::new(name, watched, sender, [running.abort_handle(), beside.abort_handle()])
}

/// Runs one reactor. `status` is the last field, so that it is dropped last: once its channel is closed, all else has
/// ended.
struct Driver<R, L> {
    handling: ParkingHandler<R>,
    log: L,
    requests: mpsc::Receiver<Request>,
    now: Now,
    failing: Option<Failing>,
    telemetry: Telemetry,
    status: watch::Sender<Status>,
}

/// What failed last and has not succeeded since.
#[derive(Debug, Clone, Copy)]
struct Failing {
    pause: Duration,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Begin,
    /// A batch that ends at this position.
    Batch(u64),
    Wake,
}

/// Later than any batch.
const CAUGHT_UP: At = At::Batch(u64::MAX);

type Failed = (At, Retry);

impl<R: Reactor, L: Log> Driver<R, L> {
    async fn run(mut self) {
        loop {
            let Err((at, retry)) = self.session().await;
            let pause = self.failed(at, &retry);
            sleep(pause).await;
        }
    }

    /// Runs from where the reactor begins to the first failure.
    async fn session(&mut self) -> Result<Infallible, Failed> {
        let after = self.handling.begin().await.map_err(|retry| (At::Begin, retry))?;
        self.publish(|status| status.has_begun = true);
        self.recognise().await?;
        let mut items = self.log.follow(after, self.handling.reactor.filter());
        // In this session: a reactor that fails whenever it is woken must still follow the log.
        let mut is_caught_up = false;
        let mut checks = self.handling.reactor.checks_every().map(from_now_on);
        loop {
            // Before anything else that is ready: a busy log must not put it off.
            if ready(due(&mut checks)).is_some() {
                self.check().await?;
            }
            let wakes = is_caught_up.then(|| self.handling.reactor.wake_at()).flatten();
            tokio::select! {
                item = items.next() => {
                    let mut events = Vec::new();
                    let mut next = Some(item);
                    while let Some(SubscriptionItem::Event(event)) = next {
                        events.push(event);
                        next = if events.len() < MAX_BATCH { ready(items.next()) } else { None };
                    }
                    is_caught_up |= matches!(next, Some(SubscriptionItem::CaughtUp));
                    self.take(events, next).await?;
                }
                Some(request) = self.requests.recv() => self.resume(request).await?,
                () = due(&mut checks) => self.check().await?,
                () = reached(wakes, &self.now) => {
                    let now = (self.now)();
                    self.handling.reactor.woken(now).await.map_err(|retry| (At::Wake, retry))?;
                    self.succeeded(At::Wake);
                }
            }
        }
    }

    /// Waits until the log is seen to be the one that was read so far. Fails if it is another: its events do not follow from
    /// those that were handled.
    async fn recognise(&mut self) -> Result<(), Failed> {
        let landmark = self.handling.reactor.landmark().await.map_err(|retry| (At::Begin, retry))?;
        let (landmark, position) = (landmark.as_ref(), self.handling.position());
        if landmark.is_none() && position.is_none() {
            return Ok(());
        }
        loop {
            match self.log.was_read(landmark, position).await {
                Ok(true) => break,
                Ok(false) => {
                    let is_short = matches!(self.log.was_read(landmark, None).await, Ok(true));
                    let missing = landmark.filter(|_| !is_short).map(ToString::to_string);
                    let missing = missing.unwrap_or_else(|| format!("position {}", position.unwrap_or(0)));
                    return Err(self.has_other_log(&Fault::other_log(missing)));
                }
                Err(error) if error.fault().cause() == Cause::OtherLog => {
                    return Err(self.has_other_log(error.fault()));
                }
                Err(error) => {
                    let why = why(&error);
                    let is_new = self.status.send_if_modified(|status| status.store.is_away(&why));
                    if is_new {
                        tracing::warn!(%why, reactor = self.telemetry.0, "the event store cannot be read; retrying");
                    }
                    sleep(LOOK_DELAY).await;
                }
            }
        }
        self.telemetry.has_foreign_log(false);
        self.status.send_if_modified(|status| std::mem::take(&mut status.has_other_log));
        Ok(())
    }

    /// Takes note that the store, which is there, has another log.
    fn has_other_log(&self, fault: &Fault) -> Failed {
        self.telemetry.has_foreign_log(true);
        let trouble = format!("{fault}. Name the right one, or {}", self.handling.reactor.cure());
        self.status.send_modify(|status| {
            status.has_other_log = true;
            status.trouble = Some(trouble.clone());
            status.store = StoreState::There;
            status.caught_up = false;
        });
        (At::Begin, Retry::new(trouble))
    }

    async fn check(&mut self) -> Result<(), Failed> {
        self.handling.reactor.check().await.map_err(|retry| (CAUGHT_UP, retry))
    }

    /// Handles waiting events, and then the item after them that is not an event.
    async fn take(
        &mut self,
        events: Vec<RecordedEvent>,
        after: Option<SubscriptionItem>,
    ) -> Result<(), Failed> {
        if let Some(SubscriptionItem::Disconnected(reason)) = &after {
            tracing::warn!(
                %reason,
                reactor = self.telemetry.0,
                "the event store is disconnected; the reactor will continue where it was"
            );
        }
        let away = match &after {
            Some(SubscriptionItem::Disconnected(reason)) => Some(reason.to_string()),
            _ => None,
        };
        // What comes next may be of another log.
        let is_to_be_recognised = match &after {
            Some(SubscriptionItem::Resumed) => true,
            Some(SubscriptionItem::Disconnected(reason)) => {
                matches!(reason.cause(), Cause::UnknownPosition | Cause::OtherLog)
            }
            _ => false,
        };
        let checkpoint = match after {
            Some(SubscriptionItem::Checkpoint(checkpoint)) => Some(checkpoint),
            _ => None,
        };
        if let Some(position) = checkpoint.or_else(|| events.last().map(|last| last.position)) {
            self.handle(events, position).await.map_err(|retry| (At::Batch(position), retry))?;
            self.succeeded(At::Batch(position));
        }
        if is_to_be_recognised {
            self.recognise().await?;
        }
        let is_caught_up = matches!(after, Some(SubscriptionItem::CaughtUp));
        if is_caught_up {
            // Whatever failed before, nothing is left that could fail.
            self.handling.reactor.caught_up().await.map_err(|retry| (CAUGHT_UP, retry))?;
            self.telemetry.caught_up();
            self.succeeded(CAUGHT_UP);
        }
        self.publish(|status| {
            match away {
                Some(why) => drop(status.store.is_away(&why)),
                None => status.store = StoreState::There,
            }
            status.caught_up |= is_caught_up;
        });
        Ok(())
    }

    async fn handle(&mut self, events: Vec<RecordedEvent>, position: u64) -> Result<(), Retry> {
        let (count, begun_at) = (events.len(), Instant::now());
        let mut handled = std::pin::pin!(self.handling.take(events, position));
        tokio::select! {
            handled = &mut handled => handled?,
            () = sleep(SLOW) => {
                let trouble = format!("a batch up to position {position} takes longer than {} s", SLOW.as_secs());
                tracing::warn!(reactor = self.telemetry.0, "{trouble}");
                self.status.send_modify(|status| status.trouble = Some(trouble));
                handled.await?;
            }
        }
        if count > 0 {
            self.telemetry.handled(count, begun_at.elapsed());
        }
        Ok(())
    }

    async fn resume(&mut self, request: Request) -> Result<(), Failed> {
        // If the caller is gone, nothing is done, as nobody would learn of it.
        if request.answer.is_closed() {
            return Ok(());
        }
        let events = match self.handling.resumes_after(&request) {
            Ok(after) => {
                let events = self.log.events(&request.stream, after).await;
                events.map_err(|error| ResumeError::Unavailable(error.to_string()))
            }
            Err(error) => Err(error),
        };
        let events = match events {
            Ok(events) => events,
            Err(error) => {
                let _ = request.answer.send(Err(error));
                return Ok(());
            }
        };
        let skipped = request.skips.and_then(|_| self.parked_at(&request.stream));
        let resumed = self.handling.resume(&request, events).await;
        if let (Ok(_), Some(skipped)) = (&resumed, skipped) {
            tracing::warn!(reactor = self.telemetry.0, "an operator skipped an event: {skipped}");
            self.telemetry.skipped();
        }
        self.publish(|_| ());
        let failed = resumed.as_ref().err().map(|retry| (At::Begin, retry.clone()));
        let _ = request.answer.send(resumed.map_err(|retry| ResumeError::Unavailable(retry.to_string())));
        failed.map_or(Ok(()), Err)
    }

    fn parked_at(&self, stream: &str) -> Option<ParkedStream> {
        self.handling.parked().find(|parked| &*parked.stream == stream).cloned()
    }

    fn failed(&mut self, at: At, retry: &Retry) -> Duration {
        self.telemetry.retried();
        let pause = self
            .failing
            .map_or(*RETRY_DELAYS.start(), |failing| (failing.pause * 2).min(*RETRY_DELAYS.end()));
        if self.failing.is_none() {
            tracing::warn!(reactor = self.telemetry.0, "the reactor failed and is retried: {retry}");
        }
        // After a failure to begin, the former failure may still be there.
        let at = self.failing.map_or(at, |failing| failing.at.max(at));
        self.failing = Some(Failing { pause, at });
        self.status.send_modify(|status| status.trouble = Some(retry.to_string()));
        pause
    }

    /// Clears a failure at or before this point.
    fn succeeded(&mut self, at: At) {
        match self.failing {
            Some(failing) if at < failing.at => return,
            Some(_) => tracing::info!(reactor = self.telemetry.0, "the reactor continues"),
            None => {}
        }
        self.failing = None;
        self.status.send_if_modified(|status| status.trouble.take().is_some());
    }

    fn publish(&self, besides: impl FnOnce(&mut Status)) {
        let position = self.handling.position();
        let parked = self.handling.shared_parked();
        self.telemetry.position(position.unwrap_or(0));
        self.telemetry.parked(parked.len());
        self.status.send_modify(|status| {
            status.position = position;
            status.parked = parked;
            besides(status);
        });
    }
}

/// The next item, if it is ready. Outside of tokio's cooperative budget, which would report a ready item as pending
/// after some 100 of them; other tasks run after the batch.
fn ready<T>(next: impl Future<Output = T>) -> Option<T> {
    tokio::task::unconstrained(next).now_or_never()
}

fn from_now_on(every: Duration) -> Interval {
    let mut interval = interval_at(TokioInstant::now() + every, every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Waits until the interval is over; for ever if there is none.
async fn due(checks: &mut Option<Interval>) {
    match checks {
        Some(checks) => drop(checks.tick().await),
        None => std::future::pending().await,
    }
}

/// Waits until the clock reaches this instant; for ever if there is none.
async fn reached(wakes: Option<DateTime<Utc>>, now: &Now) {
    let Some(at) = wakes else { return std::future::pending().await };
    loop {
        let Ok(left) = (at - now()).to_std() else { return };
        if left.is_zero() {
            return;
        }
        // The clock is checked again at every tick, as it may be set meanwhile.
        sleep(left.min(TICK)).await;
    }
}

#[cfg(test)]
mod tests;
