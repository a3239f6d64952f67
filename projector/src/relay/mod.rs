//! Publishes what happens to appointments and leads to other systems through Kafka: every public event once, in order for
//! each appointment, whichever agents have it, and for each lead.
//!
//! [`spawn`] runs a reactor of its own, so that an unreachable broker holds up nothing else. It writes each public
//! event as a `CloudEvents` 1.0 message in binary mode, with its appointment's or lead's id as key.
//! `schemas/src/event/published.rs` defines which events are public, and what of their content.
//!
//! It stores no checkpoint: its position follows from the records, see `tails.rs`. A restart, a lost broker and a
//! refused record are handled alike: a new producer ends the transaction of the former one, the last records are read
//! and the relay continues after them. So nothing that was committed is written again, nothing is left out, and a
//! process that was replaced while it hung writes nothing more. What was written last is compared with the topic every
//! few seconds (`ends.rs`): one that was made anew is filled again.

mod ends;
mod message;
mod partition;
mod record_writer;
mod settings;
mod tails;
mod topic_notice;
mod topic_reader;

use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{EventStore, Landmark, RecordedEvent, StreamFilter};
use rdkafka::error::KafkaError;
use reactor::{HandleError, ParkedStream, Reactor, Retry, Running, StartPosition};
use schemas::stream;
use thiserror::Error;

use ends::Ends;
use record_writer::RecordWriter;

pub use settings::RelaySettings;
pub use topic_notice::TopicNotice;

/// The relay's name as a reactor.
pub const RELAY: &str = "relay";

/// The timeout of one request to the broker.
const DEADLINE: Duration = Duration::from_secs(5);
/// How often the topic is compared with what was written.
const COMPARE_EVERY: Duration = Duration::from_secs(5);

/// Why records cannot be written to Kafka.
#[derive(Debug, Error)]
enum Lost {
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    #[error("Kafka has no topic {0}; make it first")]
    NoTopic(String),
    #[error("the last record of partition {partition} has no position: another program writes to the topic")]
    Foreign { partition: i32 },
    #[error("the last records of the topic could not be read in time")]
    EndsUnread,
    #[error("another relay writes to the topic at present")]
    Elsewhere,
    #[error(
        "the topic has lost records: partition {partition} had one at offset {offset}, and has not now; what is \
         missing is written anew"
    )]
    Records { partition: i32, offset: i64 },
    /// The runtime is shutting down.
    #[error("the process is stopping")]
    Ending,
}

impl From<Lost> for Retry {
    fn from(lost: Lost) -> Self {
        Self::new(lost)
    }
}

impl From<Lost> for HandleError {
    fn from(lost: Lost) -> Self {
        Self::Retry(lost.into())
    }
}

/// Relays everything after the last record of the topic, until the returned handle is dropped.
///
/// `notice` is told what an operator should know of the topic. `now` is called once a second, for the lag. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    settings: RelaySettings,
    notice: TopicNotice,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Running {
    crate::metrics::describe_relay();
    reactor::spawn(store, Relay { settings, notice, writer: None, written: None }, now)
}

struct Relay {
    settings: RelaySettings,
    notice: TopicNotice,
    /// Present from when the ends of the topic are read to the first failure.
    writer: Option<RecordWriter>,
    /// What the writer before it has written last.
    written: Option<Ends>,
}

impl Relay {
    fn writer(&mut self) -> &mut RecordWriter {
        self.writer.as_mut().expect("nothing is handled before the ends have been read")
    }
}

impl Reactor for Relay {
    fn name(&self) -> &'static str {
        RELAY
    }

    fn filter(&self) -> StreamFilter {
        StreamFilter::prefixes([stream::AGENT_PREFIX, stream::LEAD_PREFIX])
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        if let Some(former) = self.writer.take() {
            self.written = Some(former.ends);
        }
        let (settings, written) = (self.settings.clone(), self.written.clone());
        let begun =
            tokio::task::spawn_blocking(move || RecordWriter::begin(settings, written.as_ref())).await;
        let (writer, partitions) = begun.map_err(|_| Lost::Ending)??;
        self.notice.partitions(&self.settings.topic, writer.tails.partitions(), partitions);
        let after = writer.tails.settled();
        tracing::info!(after, "relaying public events");
        self.written = None;
        self.writer = Some(writer);
        // Events of parked streams come again, and park them again.
        Ok(StartPosition { after, parked: None })
    }

    async fn landmark(&mut self) -> Result<Option<Landmark>, Retry> {
        Ok(self.writer().landmark.clone())
    }

    async fn handle(&mut self, events: &[RecordedEvent], position: u64) -> Result<(), HandleError> {
        self.writer().write(events).await?;
        self.writer().tails.seen(position);
        Ok(())
    }

    async fn park(&mut self, parked: &ParkedStream) -> Result<(), Retry> {
        self.writer().tails.park(&parked.stream, parked.revision);
        Ok(())
    }

    async fn resume(&mut self, stream: &str, events: &[RecordedEvent], _: u64) -> Result<(), HandleError> {
        self.writer().write(events).await?;
        self.writer().tails.resumed(stream);
        Ok(())
    }

    fn cure(&self) -> &'static str {
        "delete the topic of public events and make it anew, which is then filled from the store that is named"
    }

    fn checks_every(&self) -> Option<Duration> {
        Some(COMPARE_EVERY)
    }

    async fn check(&mut self) -> Result<(), Retry> {
        let (ends, settings) = (self.writer().ends.clone(), self.settings.clone());
        let compared = tokio::task::spawn_blocking(move || ends.compare(&settings)).await;
        let partitions = compared.map_err(|_| Lost::Ending)??;
        let used = self.writer().tails.partitions();
        self.notice.partitions(&self.settings.topic, used, partitions);
        Ok(())
    }
}
