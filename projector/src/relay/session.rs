use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{After, EventStore, RecordedEvent, StreamFilter, SubscriptionItem};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use read_model::{Event, ProjectedEvent};
use schemas::stream;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Span;

use crate::decode::decode;
use crate::traced::relaying;

use super::Stopped;
use super::record::{Mark, Message, Named, message};
use super::settings::RelaySettings;
use super::status::Status;
use super::tails::Tails;

/// Records that may wait for the broker; with so many, the store is not read on.
const MAX_WAITING: usize = 1024;
/// A broker that takes longer than this for a record is taken for lost.
const PATIENCE: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_secs(1);

/// One producer's life, from the tails of the topic to its first failure.
pub(super) struct Session<'relay> {
    settings: &'relay RelaySettings,
    status: &'relay watch::Sender<Status>,
    producer: FutureProducer,
    tails: Tails,
    /// In the order of the log.
    waiting: VecDeque<Waiting>,
    /// How far the log has been looked at.
    seen: Option<u64>,
    /// How far everything is acknowledged.
    settled: Option<u64>,
    /// Everything that there was at the start has been looked at.
    caught_up: bool,
}

/// A record that the broker has not acknowledged yet.
struct Waiting {
    position: u64,
    recorded_at: DateTime<Utc>,
    sent_at: Instant,
    delivery: DeliveryFuture,
    /// Until the record is acknowledged.
    _span: Span,
}

impl<'relay> Session<'relay> {
    pub(super) async fn begin(
        settings: &'relay RelaySettings,
        status: &'relay watch::Sender<Status>,
    ) -> Result<Self, Stopped> {
        let asked = settings.clone();
        let tails = tokio::task::spawn_blocking(move || Tails::read(&asked)).await;
        let tails = tails.map_err(|_| Stopped::Ending)??;
        tracing::info!(after = tails.settled, "relaying public events");
        let (seen, settled) = (tails.settled, tails.settled);
        let producer = settings.producer().create()?;
        let waiting = VecDeque::with_capacity(MAX_WAITING);
        Ok(Self { settings, status, producer, tails, waiting, seen, settled, caught_up: false })
    }

    /// Relays what is stored and what is being stored, for as long as it can.
    pub(super) async fn follow(mut self, store: &EventStore) -> Result<Infallible, Stopped> {
        let after = self.settled.map_or(After::Start, After::Position);
        let mut subscription = store.subscribe(after, StreamFilter::prefixes([stream::AGENT_PREFIX]));
        let mut ticks = tokio::time::interval(TICK);
        self.tell(|status| status.trouble = None);
        loop {
            let has_room = self.waiting.len() < MAX_WAITING;
            tokio::select! {
                delivered = first(&mut self.waiting) => { delivered?; self.settle(); }
                item = subscription.next(), if has_room => self.take(item)?,
                _ = ticks.tick() => self.look_at_the_clock(),
            }
        }
    }

    fn take(&mut self, item: SubscriptionItem) -> Result<(), Stopped> {
        match item {
            SubscriptionItem::Event(event) => self.send(&event)?,
            SubscriptionItem::Checkpoint(position) => self.seen = Some(position),
            SubscriptionItem::CaughtUp => self.caught_up = true,
            SubscriptionItem::Disconnected(reason) => {
                tracing::warn!(%reason, "the relay lost the event store; it goes on where it was");
            }
        }
        self.tell(|_| ());
        Ok(())
    }

    /// Hands an event to the producer, if it is public and not written yet.
    fn send(&mut self, event: &RecordedEvent) -> Result<(), Stopped> {
        let decoded = decode(event).map_err(Stopped::At)?;
        if let Some(ProjectedEvent {
            position, event_id, event: Event::Agent(agent_id, event), metadata, ..
        }) = decoded
            && let Some((appointment_id, payload)) = event.published()
            && let Some(partition) = self.tails.partition_lacking(agent_id.as_str(), position)
        {
            if self.waiting.is_empty() {
                self.settled = self.seen;
            }
            let source = self.settings.source.as_str();
            let sampling = self.settings.sampling;
            let named = Named { event_id, appointment_id, metadata: &metadata, source, sampling };
            let Message { key, payload, headers } =
                message(agent_id, &event, payload, &named, Mark { position, settled: self.settled });
            let record = FutureRecord::to(&self.settings.topic)
                .partition(partition)
                .key(key.as_str())
                .payload(&payload)
                .headers(headers);
            let delivery = self.producer.send_result(record).map_err(|(error, _)| error)?;
            let (recorded_at, sent_at) = (metadata.recorded_at, Instant::now());
            let span = relaying(&metadata, position, &self.settings.topic);
            self.waiting.push_back(Waiting { position, recorded_at, sent_at, delivery, _span: span });
        }
        self.seen = Some(event.position);
        Ok(())
    }

    /// The first that waited waits no more.
    fn settle(&mut self) {
        self.settled = self.waiting.pop_front().map(|delivered| delivered.position);
        metrics::counter!("relayed_events_total").increment(1);
        self.tell(|status| {
            if status.trouble.take().is_some() {
                tracing::info!("the relay goes on");
            }
        });
    }

    /// The producer itself tries for ever, without a word.
    fn look_at_the_clock(&self) {
        let is_lost = self.waiting.front().is_some_and(|first| first.sent_at.elapsed() > PATIENCE);
        if is_lost && self.status.borrow().trouble.is_none() {
            let trouble = format!("a record has not been acknowledged for {} s", PATIENCE.as_secs());
            tracing::warn!("the relay waits for Kafka: {trouble}");
            self.tell(|status| status.trouble = Some(trouble));
        }
    }

    /// Publishes how far it is, and what is said besides.
    fn tell(&self, besides: impl FnOnce(&mut Status)) {
        let position = if self.waiting.is_empty() { self.seen } else { self.settled };
        let waiting_since = self.waiting.front().map(|first| first.recorded_at);
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes of log are far off")]
        metrics::gauge!("relay_position").set(position.unwrap_or(0) as f64);
        metrics::gauge!("relay_waiting_records")
            .set(f64::from(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)));
        self.status.send_modify(|status| {
            status.position = status.position.max(position.unwrap_or(0));
            status.reached = Some(status.position);
            status.waiting = self.waiting.len();
            status.waiting_since = waiting_since;
            status.caught_up |= self.caught_up && self.waiting.is_empty();
            besides(status);
        });
    }
}

/// Waits until the first that waits is acknowledged; for ever if none waits. It can be dropped and asked again.
async fn first(waiting: &mut VecDeque<Waiting>) -> Result<(), Stopped> {
    let Some(first) = waiting.front_mut() else { return std::future::pending().await };
    let delivered = (&mut first.delivery).await.map_err(|_| Stopped::Ending)?;
    delivered.map(|_| ()).map_err(|(error, _)| error.into())
}
