//! Writes the records of public events in transactions, and waits until they are committed.

use event_store::RecordedEvent;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use reactor::HandleError;
use read_model::{Event, ProjectedEvent};
use schemas::Landmark;
use tracing::Span;

use crate::decode::decode;
use crate::spans::relaying;

use super::ends::Ends;
use super::message::{Message, MessageAttributes, message};
use super::settings::{Isolation, RelaySettings};
use super::tails::Tails;
use super::topic_reader::TopicReader;
use super::{DEADLINE, Lost};

/// The most records of one transaction, and so in flight.
const MAX_RECORDS: usize = 1024;

/// Writes records with one producer, from when the ends of the topic are read to the first failure.
pub(super) struct RecordWriter {
    settings: RelaySettings,
    producer: FutureProducer,
    pub(super) tails: Tails,
    pub(super) ends: Ends,
    /// The last event that was in the topic at the beginning, or that was handled since.
    pub(super) landmark: Option<Landmark>,
}

/// A record to be written.
struct Outgoing {
    partition: i32,
    position: u64,
    message: Message,
    /// Open until the record is committed.
    span: Span,
}

impl RecordWriter {
    /// Ends the transaction of any other producer, after which that one can write nothing more, and then reads where the
    /// topic ends, which is not before where this process has written. Returns the number of its partitions too. Blocks
    /// the thread.
    pub(super) fn begin(settings: RelaySettings, written: Option<&Ends>) -> Result<(Self, usize), Lost> {
        let producer: FutureProducer = settings.producer().create()?;
        producer.init_transactions(DEADLINE)?;
        let reader = TopicReader::open(&settings, Isolation::Committed)?;
        let found = reader.ends()?;
        let has_written = written.is_none_or(|written| written.are_in(&found));
        let (tails, lacks) = Tails::new(&found, has_written);
        if lacks {
            // If another relay writes meanwhile, one partition only seems to lack what the next one states.
            if reader.ends()? != found {
                return Err(Lost::Elsewhere);
            }
            metrics::counter!("relay_topic_losses_total").increment(1);
            let topic = &settings.topic;
            tracing::warn!(
                topic,
                "the topic has lost records that were written to it; they are written anew"
            );
        }
        let ends = Ends::new(&found, tails.partitions());
        drop(reader);
        let partitions = found.len();
        let landmark = found.into_iter().filter_map(|end| end.landmark).max_by_key(|last| last.position);
        Ok((Self { settings, producer, tails, ends, landmark }, partitions))
    }

    /// Writes the events that are public and not in the topic yet, up to the first that cannot be read, and waits
    /// until all are committed.
    pub(super) async fn write(&mut self, events: &[RecordedEvent]) -> Result<(), HandleError> {
        let mut unhandled = None;
        let mut records = Vec::new();
        for (at, event) in events.iter().enumerate() {
            let decoded = match decode(event) {
                Ok(decoded) => decoded,
                Err(cause) => {
                    unhandled = Some(HandleError::Unhandled { at, reason: cause.to_string() });
                    break;
                }
            };
            if let Some(projected) = decoded {
                if records.is_empty() {
                    self.tails.acknowledged(None);
                }
                records.extend(self.record(event, projected));
                self.landmark = Some(event.landmark());
            }
            self.tails.seen(event.position);
            if MAX_RECORDS <= records.len() {
                self.transact(std::mem::take(&mut records)).await?;
            }
        }
        self.transact(records).await?;
        unhandled.map_or(Ok(()), Err)
    }

    /// The record of an event, if it is public and not written yet.
    fn record(&mut self, event: &RecordedEvent, projected: ProjectedEvent) -> Option<Outgoing> {
        let ProjectedEvent { position, event_id, event: happened, metadata, .. } = projected;
        let event_type = (happened.event_type(), happened.schema_version());
        let key = key(&happened)?;
        let partition = self.tails.partition_if_unwritten(event, &key)?;
        let payload = published(&happened)?;
        let mark = self.tails.next(partition, event);
        let RelaySettings { source, sampling, topic, .. } = &self.settings;
        let stream = &event.stream;
        let named = MessageAttributes {
            event_type,
            event_id,
            stream,
            metadata: &metadata,
            source,
            sampling: *sampling,
        };
        let message = message(key, payload, &named, &mark);
        Some(Outgoing { partition, position, message, span: relaying(&metadata, position, topic) })
    }

    /// Writes these records in one transaction. If it fails, none of them is there for readers of what is committed.
    async fn transact(&mut self, mut records: Vec<Outgoing>) -> Result<(), Lost> {
        let Some(mut last) = records.pop() else { return Ok(()) };
        let end = last.position;
        last.message = last.message.ending(self.tails.committed());
        records.push(last);
        let waiting = Waiting::new(records.len());
        self.producer.begin_transaction()?;
        let (mut ends, mut deliveries) = (self.ends.clone(), Vec::with_capacity(records.len()));
        for Outgoing { partition, position, message, span } in records {
            let Message { key, payload, headers } = message;
            let record = FutureRecord::to(&self.settings.topic)
                .partition(partition)
                .key(key.as_str())
                .payload(&payload)
                .headers(headers);
            let delivery = self.producer.send_result(record).map_err(|(error, _)| error)?;
            deliveries.push((position, delivery, span));
        }
        for (position, delivery, _) in &mut deliveries {
            let delivered = delivery.await.map_err(|_| Lost::Ending)?.map_err(|(error, _)| error)?;
            ends.written(delivered.partition, delivered.offset, *position)?;
            waiting.acknowledged();
        }
        let producer = self.producer.clone();
        let commit = tokio::task::spawn_blocking(move || producer.commit_transaction(DEADLINE));
        commit.await.map_err(|_| Lost::Ending)??;
        self.ends = ends;
        self.tails.acknowledged(Some(end));
        metrics::counter!("relayed_events_total").increment(deliveries.len() as u64);
        Ok(())
    }
}

/// The key of an event's record: the id of the appointment or the lead that it is about.
fn key(event: &Event) -> Option<String> {
    match event {
        Event::Agent(_, event) => event.appointment_id().map(|id| id.to_string()),
        Event::Lead(_, event) => event.lead_id().map(ToString::to_string),
        Event::Office(_) | Event::BulkMove(..) => None,
    }
}

/// What others may see of an event; none if it is not public.
fn published(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::Agent(_, event) => event.published().map(|(_, payload)| payload),
        Event::Lead(_, event) => event.published().map(|(_, payload)| payload),
        Event::Office(_) | Event::BulkMove(..) => None,
    }
}

/// The number of records in flight, as a metric.
struct Waiting;

impl Waiting {
    fn new(count: usize) -> Self {
        metrics::gauge!("relay_waiting_records").set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        Self
    }

    #[expect(clippy::unused_self, reason = "it stands for the gauge that it has set")]
    fn acknowledged(&self) {
        metrics::gauge!("relay_waiting_records").decrement(1.0);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        metrics::gauge!("relay_waiting_records").set(0.0);
    }
}
