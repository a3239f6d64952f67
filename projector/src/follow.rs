use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{After, EventStore, RecordedEvent, StreamFilter, SubscriptionItem};
use futures::FutureExt;
use read_model::{ReadModel, Unavailable};
use schemas::stream;
use tokio::sync::watch;

use crate::batch::{Stopped, project};
use crate::lag::{self, Lag};
use crate::projection::Status;
use crate::{Failure, Projection};

/// How many waiting events are applied together.
const MAX_BATCH: usize = 2048;
/// How long a read model that cannot be written is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Begins to project everything after the read model's own position, for as long as the answer is kept.
///
/// A read model that cannot be written for a while is tried again until it can. `now` is asked once a second, for
/// the metrics. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    read_model: impl Into<ReadModel>,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Projection {
    let (status, watched) = watch::channel(Status::default());
    crate::metrics::describe();
    let follower = Follower { read_model: read_model.into(), status };
    let running = tokio::spawn(follower.follow(store.clone()));
    let lag = Lag { positions: POSITION_LAG, seconds: LAG, filter: filter() };
    let reached = watched.clone();
    let telling = tokio::spawn(lag::tell(store.clone(), lag, move || reached.borrow().reached, now));
    Projection::new(watched, [running.abort_handle(), telling.abort_handle()])
}

const LAG: &str = "projection_lag_seconds";
const POSITION_LAG: &str = "projection_lag_positions";

fn filter() -> StreamFilter {
    StreamFilter::prefixes([stream::AGENT_PREFIX, stream::OFFICE])
}

struct Follower {
    read_model: ReadModel,
    status: watch::Sender<Status>,
}

impl Follower {
    async fn follow(self, store: EventStore) {
        let position = loop {
            match self.read_model.position().await {
                Ok(position) => break position,
                Err(unavailable) => self.lost(&unavailable).await,
            }
        };
        self.reached(position);
        let after = if position == 0 { After::Start } else { After::Position(position) };
        let mut subscription = store.subscribe(after, filter());
        let mut events = Vec::with_capacity(MAX_BATCH);
        loop {
            let mut next = Some(subscription.next().await);
            while let Some(SubscriptionItem::Event(event)) = next {
                events.push(event);
                next = if events.len() < MAX_BATCH { subscription.next().now_or_never() } else { None };
            }
            if let Err(failure) = self.take(&events, next).await {
                self.stop(failure);
                return;
            }
            events.clear();
        }
    }

    /// Takes waiting events, and then what came after them that is not an event.
    async fn take(&self, events: &[RecordedEvent], after: Option<SubscriptionItem>) -> Result<(), Failure> {
        loop {
            match project(&self.read_model, events).await {
                Ok(()) => break,
                Err(Stopped::At(failure)) => {
                    // Those before it are applied, as far as the read model says.
                    if let Ok(position) = self.read_model.position().await {
                        self.reached(position);
                    }
                    return Err(failure);
                }
                Err(Stopped::Unavailable(unavailable)) => self.lost(&unavailable).await,
            }
        }
        let mut position = events.last().map(|last| last.position);
        match after {
            None | Some(SubscriptionItem::Event(_)) => {}
            Some(SubscriptionItem::Checkpoint(checkpoint)) => {
                while let Err(unavailable) = self.read_model.advance(checkpoint).await {
                    self.lost(&unavailable).await;
                }
                position = Some(checkpoint);
            }
            Some(SubscriptionItem::CaughtUp) => {
                while let Err(unavailable) = self.read_model.catch_up().await {
                    self.lost(&unavailable).await;
                }
                self.status.send_modify(|status| (status.caught_up, status.lost) = (true, false));
            }
            Some(SubscriptionItem::Disconnected(reason)) => {
                tracing::warn!(%reason, "the projection lost the event store; it goes on where it was");
            }
        }
        if let Some(position) = position {
            self.reached(position);
        }
        Ok(())
    }

    /// Everything up to here is in the read model.
    fn reached(&self, position: u64) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes of log are far off")]
        metrics::gauge!("projection_position").set(position as f64);
        self.status.send_modify(|status| {
            status.position = status.position.max(position);
            status.reached = Some(status.position);
            status.lost = false;
        });
    }

    /// Says that the read model cannot be written, and leaves it alone for a moment.
    async fn lost(&self, unavailable: &Unavailable) {
        metrics::counter!("projection_retries_total").increment(1);
        self.status.send_modify(|status| {
            if !std::mem::replace(&mut status.lost, true) {
                tracing::warn!(%unavailable, "the read model cannot be written; it is tried again");
            }
        });
        tokio::time::sleep(PAUSE).await;
    }

    fn stop(&self, failure: Failure) {
        metrics::gauge!("projection_stopped").set(1.0);
        tracing::error!(cause = %failure.cause, "the projection stops: {failure}");
        self.status.send_modify(|status| status.failure = Some(Arc::new(failure)));
    }
}
