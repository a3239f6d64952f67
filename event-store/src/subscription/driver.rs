use std::sync::Arc;
use std::time::Duration;

use eventstore::SubscriptionEvent;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::connection::{Live, pause_after};
use crate::event::RecordedEvent;
use crate::fault::{Fault, Verdict, verdict};
use crate::filter::is_system;

use super::SubscriptionItem;
use super::cursor::{Cursor, Source, open};
use super::guard::watch;
use super::lane::Lane;

/// Follows a source over one connection after the other, and hands on what it finds.
pub(super) struct Driver {
    lane: Lane,
    source: Source,
    cursor: Cursor,
    items: mpsc::Sender<SubscriptionItem>,
    confirm_within: Duration,
    failures: u32,
    stream: Arc<str>,
}

/// Why following came to an end.
enum Stop {
    /// Nobody listens any more.
    Unwanted,
    /// There is no connection; try again.
    Lost(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Lost(fault)
    }
}

impl Driver {
    pub(super) fn new(
        lane: Lane,
        source: Source,
        cursor: Cursor,
        items: mpsc::Sender<SubscriptionItem>,
        confirm_within: Duration,
    ) -> Self {
        Self { lane, source, cursor, items, confirm_within, failures: 0, stream: Arc::from("") }
    }

    pub(super) async fn run(mut self) {
        while let Err(Stop::Lost(fault)) = self.follow().await {
            if self.failures == 0 {
                tracing::warn!(error = %fault, "a subscription is interrupted");
                if self.hand_on(SubscriptionItem::Disconnected(fault)).await.is_err() {
                    return;
                }
            }
            self.failures += 1;
            tokio::time::sleep(pause_after(self.failures)).await;
        }
    }

    async fn follow(&mut self) -> Result<(), Stop> {
        let live = self.lane.live().await?;
        let mut subscription = open(&live.client, &self.source, self.cursor).await;
        // The first answer confirms the subscription; from then on silence is nothing unusual.
        let mut answer = timeout(self.confirm_within, watch(subscription.next_subscription_event()))
            .await
            .map_err(|_| {
                self.lane.discard(&live);
                Fault::no_answer(self.confirm_within)
            })?;
        loop {
            match answer {
                Ok(Ok(event)) => self.take(event).await?,
                Ok(Err(error)) => return Err(self.lost(&live, error).into()),
                Err(_) => return Err(Fault::ended().into()),
            }
            answer = watch(subscription.next_subscription_event()).await;
        }
    }

    async fn take(&mut self, event: SubscriptionEvent) -> Result<(), Stop> {
        match event {
            SubscriptionEvent::EventAppeared(resolved) => {
                let Some(event) = resolved.link.or(resolved.event) else {
                    return Ok(());
                };
                self.failures = 0;
                if !self.cursor.pass_event(&event) {
                    return Ok(());
                }
                if !is_system(&event) {
                    let event = RecordedEvent::from_client(event, &mut self.stream);
                    return self.hand_on(SubscriptionItem::Event(event)).await;
                }
                Ok(())
            }
            SubscriptionEvent::Checkpoint(position) => {
                self.failures = 0;
                if self.cursor.pass_checkpoint(position) {
                    return self.hand_on(SubscriptionItem::Checkpoint(position.commit)).await;
                }
                Ok(())
            }
            SubscriptionEvent::CaughtUp(_) => {
                self.failures = 0;
                self.hand_on(SubscriptionItem::CaughtUp).await
            }
            _ => Ok(()),
        }
    }

    /// A client that is dead, or that clings to a lost node of a cluster, is given up.
    fn lost(&self, live: &Arc<Live>, error: eventstore::Error) -> Fault {
        if verdict(&error) == Verdict::ClientDead || self.lane.is_cluster() {
            self.lane.discard(live);
        }
        error.into()
    }

    async fn hand_on(&self, item: SubscriptionItem) -> Result<(), Stop> {
        self.items.send(item).await.map_err(|_| Stop::Unwanted)
    }
}
