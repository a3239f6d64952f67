use std::convert::Infallible;
use std::sync::Arc;

use event_store_protocol::event_store::client::streams::read_resp::{Content, ReadEvent};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tonic::Status;

use crate::connection::{Connection, Live};
use crate::event::{RecordedEvent, is_system};
use crate::fault::Fault;
use crate::request::Position;
use crate::store::TRY_TIMEOUT;

use super::SubscriptionItem;
use super::cursor::{Cursor, Source};
use super::outage::Outage;

/// Follows a source, connecting again as needed, and sends its items to the subscription.
pub(super) struct Driver {
    pub(super) connection: Arc<Connection>,
    pub(super) source: Source,
    pub(super) cursor: Cursor,
    pub(super) items: mpsc::Sender<SubscriptionItem>,
    pub(super) stream: Arc<str>,
    /// Whether it was interrupted since its last item.
    pub(super) was_interrupted: bool,
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
            sleep(outage.pause()).await;
            let Err(stop) = self.follow(&mut outage).await;
            let Stop::Lost(fault) = stop else { return };
            self.was_interrupted = true;
            if outage.goes_on(&fault) {
                tracing::warn!(error = %fault, "a subscription is interrupted");
                if self.items.send(SubscriptionItem::Disconnected(fault)).await.is_err() {
                    return;
                }
            } else {
                tracing::debug!(error = %fault, "a subscription begins again where it was");
            }
        }
    }

    async fn follow(&mut self, outage: &mut Outage) -> Result<Infallible, Stop> {
        let live = self.connection.live().await.map_err(Stop::Lost)?;
        let mut streams = live.wire.streams();
        let asked_at = Instant::now();
        // The first answer confirms the subscription; after that, silence is normal, and the connection is probed.
        let first = timeout(TRY_TIMEOUT, async {
            let mut answers = streams.read(self.source.request(self.cursor)).await?.into_inner();
            let first = answers.message().await?;
            Ok((answers, first))
        });
        let Ok(first) = first.await else {
            self.connection.unheard(&live, asked_at);
            return Err(Stop::Lost(Fault::silent(&live.node, TRY_TIMEOUT)));
        };
        let (mut answers, mut answer) = first.map_err(|status| self.lost(&live, &status))?;
        if answer.is_some() && std::mem::take(&mut self.was_interrupted) {
            self.items.send(SubscriptionItem::Resumed).await.map_err(|_| Unwanted)?;
        }
        outage.is_confirmed();
        loop {
            live.answered();
            let content = answer.ok_or_else(|| Stop::Lost(Fault::ended(&live.node)))?.content;
            if let Some(content) = content {
                self.take(content, outage, &live).await?;
            }
            answer = answers.message().await.map_err(|status| self.lost(&live, &status))?;
        }
    }

    fn lost(&self, live: &Arc<Live>, status: &Status) -> Stop {
        Stop::Lost(self.connection.failed(live, status, self.source.asked(self.cursor)).1)
    }

    async fn take(&mut self, content: Content, outage: &mut Outage, live: &Live) -> Result<(), Stop> {
        let (is_new, item) = match content {
            Content::Event(ReadEvent { event, link, .. }) => {
                let Some(event) = link.or(event).filter(|event| self.cursor.pass_event(event)) else {
                    return Ok(());
                };
                let event = (!is_system(&event)).then(|| {
                    RecordedEvent::from_wire(event, &mut self.stream)
                        .ok_or_else(|| Stop::Lost(Fault::garbled(&live.node, "an event without an id")))
                });
                (true, event.transpose()?.map(SubscriptionItem::Event))
            }
            Content::Checkpoint(checkpoint) => {
                let position =
                    Position { commit: checkpoint.commit_position, prepare: checkpoint.prepare_position };
                if !self.cursor.pass_checkpoint(position) {
                    return Ok(());
                }
                let checkpoint = SubscriptionItem::Checkpoint(position.commit);
                (true, position.is_of_record().then_some(checkpoint))
            }
            Content::CaughtUp(_) => (false, Some(SubscriptionItem::CaughtUp)),
            Content::Confirmation(_)
            | Content::StreamNotFound(_)
            | Content::FirstStreamPosition(_)
            | Content::LastStreamPosition(_)
            | Content::LastAllStreamPosition(_) => return Ok(()),
        };
        outage.is_over(is_new);
        match item {
            Some(item) => self.items.send(item).await.map_err(|_| Unwanted.into()),
            None => Ok(()),
        }
    }
}
