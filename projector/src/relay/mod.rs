//! Publishes what happens to appointments to other systems through Kafka: every public event once, in order for each
//! agent.
//!
//! [`spawn`] runs a reactor of its own, so that an unreachable broker holds up nothing else. It writes each public
//! event as a `CloudEvents` 1.0 message in binary mode, with its agent's id as key.
//! [`schemas::AgentEvent::published`] defines which events are public, and what of their content.
//!
//! It stores no checkpoint: its position follows from the records, see `tails.rs`. A restart, a lost broker and a
//! refused record are handled alike: the last records are read again and the relay continues after them. So nothing
//! that was acknowledged is written again, and nothing is left out. A record that was in flight when a process or a
//! connection failed can be there twice, which only a Kafka transaction could prevent; consumers recognise it by its
//! `ce_id`.

mod message;
mod partition;
mod record_writer;
mod settings;
mod tails;

use chrono::{DateTime, Utc};
use event_store::{EventStore, RecordedEvent, StreamFilter};
use rdkafka::error::KafkaError;
use reactor::{HandleError, ParkedStream, Reactor, Retry, Running, StartPosition};
use schemas::stream;
use thiserror::Error;

use record_writer::RecordWriter;
use tails::Tails;

pub use settings::RelaySettings;

/// The relay's name as a reactor.
pub const RELAY: &str = "relay";

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
    TailsUnread,
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
/// `now` is called once a second, for the lag. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    settings: RelaySettings,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Running {
    crate::metrics::describe_relay();
    reactor::spawn(store, Relay { settings, writer: None }, now)
}

struct Relay {
    settings: RelaySettings,
    /// Present from when the tails of the topic are read to the first failure.
    writer: Option<RecordWriter>,
}

impl Relay {
    fn writer(&mut self) -> &mut RecordWriter {
        self.writer.as_mut().expect("nothing is handled before the tails have been read")
    }
}

impl Reactor for Relay {
    fn name(&self) -> &'static str {
        RELAY
    }

    fn filter(&self) -> StreamFilter {
        StreamFilter::prefixes([stream::AGENT_PREFIX])
    }

    async fn begin(&mut self) -> Result<StartPosition, Retry> {
        // The former producer is dropped, with its records in flight, before the end of the topic is read.
        self.writer = None;
        let asked = self.settings.clone();
        let tails = tokio::task::spawn_blocking(move || Tails::read(&asked)).await;
        let tails = tails.map_err(|_| Lost::Ending)??;
        let after = tails.settled();
        tracing::info!(after, "relaying public events");
        self.writer = Some(RecordWriter::begin(self.settings.clone(), tails)?);
        // Events of parked streams come again, and park them again.
        Ok(StartPosition { after, parked: None })
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
}
