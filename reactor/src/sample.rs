//! A log in memory and a reactor that records what it is given, for tests with a paused clock.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::{Landmark, ReadError, RecordedEvent, StreamFilter, SubscriptionItem};
use schemas::EventId;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::driver::{Now, drive};
use crate::log::{Items, Log};
use crate::{HandleError, ParkedStream, Reactor, Retry, Running, StartPosition};

#[derive(Debug, Clone)]
pub(crate) struct SampleLog(watch::Sender<Vec<RecordedEvent>>);

pub(crate) struct SampleItems {
    events: watch::Receiver<Vec<RecordedEvent>>,
    after: Option<u64>,
    has_told: bool,
    /// The last event that came, to notice that the log was put back.
    last: Option<Landmark>,
}

impl SampleLog {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Vec::new()))
    }

    /// Puts the log back to this many events, as a restored backup does.
    pub(crate) fn cut(&self, count: usize) {
        self.0.send_modify(|events| events.truncate(count));
    }

    /// Appends to a stream, and returns the position.
    pub(crate) fn append(&self, stream: &str) -> u64 {
        let mut position = 0;
        self.0.send_modify(|events| {
            let revision = events.iter().filter(|event| &*event.stream == stream).count() as u64;
            position = events.last().map_or(0, |last| last.position) + 10;
            events.push(RecordedEvent {
                event_id: EventId::new(uuid::Uuid::from_u128(position.into())),
                stream: stream.into(),
                revision,
                position,
                event_type: "SomethingHappened".to_owned(),
                payload: Bytes::new(),
                metadata: Bytes::new(),
            });
        });
        position
    }
}

impl Log for SampleLog {
    type Items = SampleItems;

    fn follow(&self, after: Option<u64>, _: StreamFilter) -> SampleItems {
        SampleItems { events: self.0.subscribe(), after, has_told: false, last: None }
    }

    async fn events(&self, stream: &str, after: Option<u64>) -> Result<Vec<RecordedEvent>, ReadError> {
        let of_stream = |event: &&RecordedEvent| &*event.stream == stream && after < Some(event.revision);
        Ok(self.0.borrow().iter().filter(of_stream).cloned().collect())
    }

    async fn was_read(&self, landmark: Option<&Landmark>, position: Option<u64>) -> Result<bool, ReadError> {
        let events = self.0.borrow();
        let has = |landmark: &Landmark| events.iter().any(|event| event.landmark() == *landmark);
        Ok(landmark.is_none_or(has) && position <= events.last().map(|last| last.position))
    }
}

impl Items for SampleItems {
    async fn next(&mut self) -> SubscriptionItem {
        loop {
            // Yields to other tasks now and then, as a channel does.
            tokio::task::consume_budget().await;
            let after = self.after;
            let is_there =
                |last: &Landmark| self.events.borrow().iter().any(|event| event.landmark() == *last);
            if self.last.as_ref().is_some_and(|last| !is_there(last)) {
                self.last = None;
                return SubscriptionItem::Resumed;
            }
            let next =
                self.events.borrow_and_update().iter().find(|event| after < Some(event.position)).cloned();
            match next {
                Some(event) => {
                    self.after = Some(event.position);
                    self.last = Some(event.landmark());
                    return SubscriptionItem::Event(event);
                }
                None if !std::mem::replace(&mut self.has_told, true) => return SubscriptionItem::CaughtUp,
                None => self.events.changed().await.expect("the log outlives who follows it"),
            }
        }
    }
}

/// An event by its stream and its number in it.
pub(crate) type Seen = (String, u64);

#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) handled: Vec<Seen>,
    /// When it failed.
    pub(crate) failed_at: Vec<Instant>,
    pub(crate) fails_until: Option<Instant>,
    /// The events that it cannot handle.
    pub(crate) bad: BTreeSet<Seen>,
    /// How often it was given such an event.
    pub(crate) refused: usize,
    pub(crate) parked: Vec<ParkedStream>,
    pub(crate) wake_at: Option<DateTime<Utc>>,
    pub(crate) woken: Vec<DateTime<Utc>>,
    pub(crate) wake_fails_until: Option<Instant>,
    /// How many events it had handled each time that it was woken.
    pub(crate) handled_when_woken: Vec<usize>,
    pub(crate) checks_every: Option<Duration>,
    /// When it was checked.
    pub(crate) checked_at: Vec<Instant>,
    pub(crate) check_fails: bool,
    /// The last event that it has handled.
    pub(crate) last: Option<Landmark>,
    /// Whether it begins after that.
    pub(crate) keeps_position: bool,
    /// How long a batch takes.
    pub(crate) takes: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct Sample {
    name: &'static str,
    noted: Arc<Mutex<Noted>>,
}

impl Sample {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, noted: Arc::default() }
    }

    pub(crate) fn noted<T>(&self, look: impl FnOnce(&mut Noted) -> T) -> T {
        look(&mut self.noted.lock().unwrap())
    }

    pub(crate) fn handled(&self) -> Vec<Seen> {
        self.noted(|noted| noted.handled.clone())
    }

    pub(crate) fn run(&self, log: &SampleLog) -> Running {
        self.run_by(log, Arc::new(DateTime::<Utc>::default))
    }

    pub(crate) fn run_by(&self, log: &SampleLog, now: Now) -> Running {
        drive(log.clone(), self.clone(), now, |_| std::future::ready(()))
    }
}

pub(crate) fn seen(stream: &str, revision: u64) -> Seen {
    (stream.to_owned(), revision)
}

impl Reactor for Sample {
    fn name(&self) -> &'static str {
        self.name
    }

    fn filter(&self) -> StreamFilter {
        StreamFilter::all()
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        let last = self.noted(|noted| noted.last.clone().filter(|_| noted.keeps_position));
        Ok(StartPosition { after: last.map(|last| last.position), parked: None })
    }

    async fn landmark(&mut self) -> Result<Option<Landmark>, Retry> {
        Ok(self.noted(|noted| noted.last.clone()))
    }

    async fn handle(&mut self, events: &[RecordedEvent], _: u64) -> Result<(), HandleError> {
        let takes = self.noted(|noted| noted.takes);
        tokio::time::sleep(takes).await;
        self.noted(|noted| {
            if noted.fails_until.is_some_and(|until| Instant::now() < until) {
                noted.failed_at.push(Instant::now());
                return Err(Retry::new("what it needs is away").into());
            }
            for (at, event) in events.iter().enumerate() {
                let seen = seen(&event.stream, event.revision);
                if noted.bad.contains(&seen) {
                    noted.refused += 1;
                    return Err(HandleError::Unhandled { at, reason: "it is bad".to_owned() });
                }
                // Without a checkpoint, events come again after a failure.
                if !noted.handled.contains(&seen) {
                    noted.handled.push(seen);
                }
            }
            noted.last = events.last().map(RecordedEvent::landmark).or(noted.last.take());
            Ok(())
        })
    }

    async fn park(&mut self, parked: &ParkedStream) -> Result<(), Retry> {
        self.noted(|noted| noted.parked.push(parked.clone()));
        Ok(())
    }

    fn checks_every(&self) -> Option<Duration> {
        self.noted(|noted| noted.checks_every)
    }

    async fn check(&mut self) -> Result<(), Retry> {
        self.noted(|noted| {
            noted.checked_at.push(Instant::now());
            let fails = std::mem::take(&mut noted.check_fails);
            if fails { Err(Retry::new("what it did is gone")) } else { Ok(()) }
        })
    }

    fn wake_at(&self) -> Option<DateTime<Utc>> {
        self.noted(|noted| noted.wake_at)
    }

    async fn woken(&mut self, now: DateTime<Utc>) -> Result<(), Retry> {
        self.noted(|noted| {
            noted.handled_when_woken.push(noted.handled.len());
            if noted.wake_fails_until.is_some_and(|until| Instant::now() < until) {
                return Err(Retry::new("what it needs is away"));
            }
            noted.woken.push(now);
            noted.wake_at = Some(now + TimeDelta::hours(1));
            Ok(())
        })
    }
}
