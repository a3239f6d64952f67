use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use eventstore::SubscriptionEvent;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::connection::pause_after;
use crate::connection_pool::PooledConnection;
use crate::event::RecordedEvent;
use crate::fault::{Fault, verdict};
use crate::filter::is_system;

use super::SubscriptionItem;
use super::cursor::{Cursor, Source, open};
use super::guard::{Stuck, watch};

/// Follows a source, connecting again as needed, and sends its items to the subscription.
pub(super) struct Driver {
    pub(super) pooled: PooledConnection,
    pub(super) source: Source,
    pub(super) cursor: Cursor,
    pub(super) items: mpsc::Sender<SubscriptionItem>,
    /// The longest silence before the first answer.
    pub(super) confirm_within: Duration,
    pub(super) stream: Arc<str>,
}

/// The subscription was dropped.
struct Unwanted;

enum Stop {
    Unwanted,
    Lost(Fault),
}

impl From<Unwanted> for Stop {
    fn from(Unwanted: Unwanted) -> Self {
        Self::Unwanted
    }
}

impl Driver {
    /// Runs until the subscription is dropped.
    pub(super) async fn run(mut self) {
        let mut outage = Outage::default();
        loop {
            let Err(stop) = self.follow(&mut outage).await;
            let Stop::Lost(fault) = stop else { return };
            if outage.begins() {
                tracing::warn!(error = %fault, "a subscription is interrupted");
                if self.items.send(SubscriptionItem::Disconnected(fault)).await.is_err() {
                    return;
                }
            } else {
                tracing::debug!(error = %fault, "a subscription is still interrupted");
            }
        }
    }

    async fn follow(&mut self, outage: &mut Outage) -> Result<Infallible, Stop> {
        let live = self.pooled.live().await.map_err(Stop::Lost)?;
        outage.pause().await;
        let mut subscription = open(&live.client, &self.source, self.cursor).await;
        let asked_at = Instant::now();
        // The first answer confirms the subscription; after that, silence is normal.
        let first = timeout(self.confirm_within, watch(subscription.next_subscription_event())).await;
        let mut answer = first.map_err(|_| {
            self.pooled.unheard(&live, asked_at);
            Stop::Lost(Fault::no_answer(self.confirm_within))
        })?;
        loop {
            match answer {
                Ok(Ok(event)) => {
                    live.answered();
                    self.take(event, outage).await?;
                }
                Ok(Err(error)) => {
                    self.pooled.lost(&live, verdict(&error));
                    return Err(Stop::Lost(error.into()));
                }
                Err(Stuck) => return Err(Stop::Lost(Fault::ended())),
            }
            answer = watch(subscription.next_subscription_event()).await;
        }
    }

    async fn take(&mut self, event: SubscriptionEvent, outage: &mut Outage) -> Result<(), Unwanted> {
        let item = match event {
            SubscriptionEvent::EventAppeared(resolved) => {
                let event = resolved.link.or(resolved.event);
                event
                    .filter(|event| self.cursor.pass_event(event) && !is_system(event))
                    .map(|event| SubscriptionItem::Event(RecordedEvent::from_client(event, &mut self.stream)))
            }
            SubscriptionEvent::Checkpoint(position) => {
                let is_new = self.cursor.pass_checkpoint(position);
                is_new.then_some(SubscriptionItem::Checkpoint(position.commit))
            }
            SubscriptionEvent::CaughtUp(_) => Some(SubscriptionItem::CaughtUp),
            _ => return Ok(()),
        };
        outage.is_over();
        match item {
            Some(item) => self.items.send(item).await.map_err(|_| Unwanted),
            None => Ok(()),
        }
    }
}

/// The present interruption, if there is one.
#[derive(Default)]
struct Outage {
    is_told: bool,
    attempts: u32,
}

impl Outage {
    /// Records that the interruption is reported; true the first time.
    fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.is_told, true)
    }

    /// Waits before the next attempt, longer every time. The very first attempt does not wait.
    async fn pause(&mut self) {
        if self.is_told {
            self.attempts += 1;
        }
        tokio::time::sleep(pause_after(self.attempts)).await;
    }

    fn is_over(&mut self) {
        *self = Self::default();
    }
}
