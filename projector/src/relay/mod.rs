//! What happens to appointments, told to other systems through Kafka: every public event once, in order for each agent.
//!
//! [`spawn`] follows the event store by itself, so that a broker that is away holds up nothing else, and writes each
//! public event as a `CloudEvents` 1.0 message in binary mode, under its agent's id as key. What is public, and what
//! of it leaves, says [`schemas::AgentEvent::published`].
//!
//! It keeps no checkpoint of its own: the records say how far it came, see `tails.rs`. A restart, a broker that went
//! away and a record that was refused are one case: the tails are read again and the relay goes on after them. So
//! nothing that was acknowledged is written again, and nothing is left out. A record that was under way when a process
//! or a connection broke down can be there twice, because nothing but a Kafka transaction could exclude that; whoever
//! reads knows it by its `ce_id`.

mod message;
mod partition;
mod record_writer;
mod settings;
mod tails;

use chrono::{DateTime, Utc};
use event_store::{EventStore, RecordedEvent, StreamFilter};
use rdkafka::error::KafkaError;
use reactor::{Beginning, HandleError, ParkedStream, Reactor, Retry, Running};
use schemas::stream;
use thiserror::Error;

use record_writer::RecordWriter;
use tails::Tails;

pub use settings::RelaySettings;

/// What the relay is called among reactors.
pub const RELAY: &str = "relay";

/// Why Kafka was not written.
#[derive(Debug, Error)]
enum Lost {
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    #[error("Kafka has no topic {0}; make it first")]
    NoTopic(String),
    #[error("the last record of partition {partition} says no position: somebody else writes to the topic")]
    Foreign { partition: i32 },
    #[error("Kafka does not give the last records of the topic")]
    TailsUnread,
    /// Ended together with the runtime.
    #[error("the threads that ask Kafka are ending")]
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

/// Begins to relay everything after the last record of the topic, for as long as the answer is kept.
///
/// `now` is asked once a second, for the age of what waits. Must be called within a tokio runtime.
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
    /// From the tails of the topic to the first failure.
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

    async fn begin(&mut self) -> Result<Beginning, Retry> {
        // What the last producer had under way is given up before another asks where the topic ends.
        self.writer = None;
        let asked = self.settings.clone();
        let tails = tokio::task::spawn_blocking(move || Tails::read(&asked)).await;
        let tails = tails.map_err(|_| Lost::Ending)??;
        let after = tails.settled();
        tracing::info!(after, "relaying public events");
        self.writer = Some(RecordWriter::begin(self.settings.clone(), tails)?);
        // What is parked comes again.
        Ok(Beginning { after, parked: None })
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
