use std::sync::Arc;

use chrono::{DateTime, Utc};
use event_store::{After, EventStore, RecordedEvent, StreamFilter, Subscription, SubscriptionItem};
use futures::FutureExt;
use read_model::MemoryReadModel;
use schemas::stream;
use tokio::sync::watch;

use crate::batch::project;
use crate::projection::Status;
use crate::{Failure, Projection};

/// How many waiting events are applied together.
const MAX_BATCH: usize = 256;

/// Begins to project everything after the read model's own position, for as long as the answer is kept.
///
/// `now` is asked once for every batch, for the metrics. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    read_model: MemoryReadModel,
    now: impl Fn() -> DateTime<Utc> + Send + 'static,
) -> Projection {
    let position = read_model.position();
    let after = if position == 0 { After::Start } else { After::Position(position) };
    let filter = StreamFilter::prefixes([stream::AGENT_PREFIX, stream::OFFICE]);
    let subscription = store.subscribe(after, filter);
    let (status, watched) = watch::channel(Status { position, ..Status::default() });
    let follower = Follower { read_model, status, now };
    let running = tokio::spawn(follower.follow(subscription));
    Projection::new(watched, running.abort_handle())
}

struct Follower<Now> {
    read_model: MemoryReadModel,
    status: watch::Sender<Status>,
    now: Now,
}

impl<Now: Fn() -> DateTime<Utc>> Follower<Now> {
    async fn follow(self, mut subscription: Subscription) {
        let mut events = Vec::with_capacity(MAX_BATCH);
        loop {
            let mut next = Some(subscription.next().await);
            while let Some(SubscriptionItem::Event(event)) = next {
                events.push(event);
                next = if events.len() < MAX_BATCH { subscription.next().now_or_never() } else { None };
            }
            let taken = self.take(&events, next);
            events.clear();
            if let Err(failure) = taken {
                self.stop(failure);
                return;
            }
        }
    }

    /// Takes waiting events, and then what came after them that is not an event.
    fn take(&self, events: &[RecordedEvent], after: Option<SubscriptionItem>) -> Result<(), Failure> {
        let projected = project(&self.read_model, events, (self.now)());
        match after.filter(|_| projected.is_ok()) {
            None | Some(SubscriptionItem::Event(_)) => {}
            Some(SubscriptionItem::Checkpoint(position)) => self.read_model.advance(position),
            Some(SubscriptionItem::CaughtUp) => {
                metrics::gauge!("projection_lag_seconds").set(0.0);
                self.status.send_modify(|status| status.caught_up = true);
            }
            Some(SubscriptionItem::Disconnected(reason)) => {
                tracing::warn!(%reason, "the projection lost the event store; it goes on where it was");
            }
        }
        let position = self.read_model.position();
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes of log are far off")]
        metrics::gauge!("projection_position").set(position as f64);
        self.status.send_modify(|status| status.position = position);
        projected
    }

    fn stop(&self, failure: Failure) {
        tracing::error!(cause = %failure.cause, "the projection stops: {failure}");
        self.status.send_modify(|status| status.failure = Some(Arc::new(failure)));
    }
}
