//! Writes the records of public events, and waits until they are acknowledged.

use std::collections::VecDeque;

use event_store::RecordedEvent;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use reactor::HandleError;
use read_model::{Event, ProjectedEvent};
use tracing::Span;

use crate::decode::decode;
use crate::spans::relaying;

use super::Lost;
use super::message::{Message, MessageAttributes, message};
use super::settings::RelaySettings;
use super::tails::Tails;

/// The most records in flight.
const MAX_WAITING: usize = 1024;

/// Writes records with one producer, from when the tails of the topic are read to the first failure.
pub(super) struct RecordWriter {
    settings: RelaySettings,
    producer: FutureProducer,
    pub(super) tails: Tails,
    /// In the order in which they were sent.
    waiting: VecDeque<Waiting>,
}

/// A record that the broker has not acknowledged yet.
struct Waiting {
    position: u64,
    delivery: DeliveryFuture,
    /// Open until the record is acknowledged.
    _span: Span,
}

impl RecordWriter {
    pub(super) fn begin(settings: RelaySettings, tails: Tails) -> Result<Self, Lost> {
        let producer = settings.producer().create()?;
        Ok(Self { settings, producer, tails, waiting: VecDeque::new() })
    }

    /// Writes the events that are public and not in the topic yet, up to the first that cannot be read, and waits
    /// until all are acknowledged.
    pub(super) async fn write(&mut self, events: &[RecordedEvent]) -> Result<(), HandleError> {
        let mut unhandled = None;
        for (at, event) in events.iter().enumerate() {
            let decoded = match decode(event) {
                Ok(decoded) => decoded,
                Err(cause) => {
                    unhandled = Some(HandleError::Unhandled { at, reason: cause.to_string() });
                    break;
                }
            };
            if let Some(projected) = decoded {
                self.send(event, projected)?;
            }
            self.tails.seen(event.position);
            while MAX_WAITING <= self.waiting.len() {
                self.acknowledged().await?;
            }
        }
        while !self.waiting.is_empty() {
            self.acknowledged().await?;
        }
        unhandled.map_or(Ok(()), Err)
    }

    /// Hands an event to the producer, if it is public and not written yet.
    fn send(&mut self, event: &RecordedEvent, projected: ProjectedEvent) -> Result<(), Lost> {
        let ProjectedEvent { position, event_id, event: Event::Agent(agent_id, happened), metadata, .. } =
            projected
        else {
            return Ok(());
        };
        let Some(partition) = self.tails.partition_if_unwritten(event) else { return Ok(()) };
        let Some((appointment_id, payload)) = happened.published() else { return Ok(()) };
        if self.waiting.is_empty() {
            self.tails.acknowledged(None);
        }
        let mark = self.tails.next(partition, event);
        let source = self.settings.source.as_str();
        let sampling = self.settings.sampling;
        let named = MessageAttributes { event_id, appointment_id, metadata: &metadata, source, sampling };
        let Message { key, payload, headers } = message(agent_id, &happened, payload, &named, &mark);
        let record = FutureRecord::to(&self.settings.topic)
            .partition(partition)
            .key(key.as_str())
            .payload(&payload)
            .headers(headers);
        let delivery = self.producer.send_result(record).map_err(|(error, _)| error)?;
        let span = relaying(&metadata, position, &self.settings.topic);
        self.waiting.push_back(Waiting { position, delivery, _span: span });
        self.tell();
        Ok(())
    }

    /// Waits until the oldest record in flight is acknowledged.
    async fn acknowledged(&mut self) -> Result<(), Lost> {
        let Some(first) = self.waiting.front_mut() else { return Ok(()) };
        let delivered = (&mut first.delivery).await.map_err(|_| Lost::Ending)?;
        delivered.map_err(|(error, _)| error)?;
        self.tails.acknowledged(Some(first.position));
        self.waiting.pop_front();
        metrics::counter!("relayed_events_total").increment(1);
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        metrics::gauge!("relay_waiting_records")
            .set(f64::from(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)));
    }
}

impl Drop for RecordWriter {
    fn drop(&mut self) {
        metrics::gauge!("relay_waiting_records").set(0.0);
    }
}
