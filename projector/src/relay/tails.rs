//! How far the relay came, read from what it wrote.
//!
//! Every record carries its event's position, and the position up to which everything was acknowledged when it was
//! written. The greatest of the latter among the last records is where reading the log begins again. From there on,
//! each partition's last record says which events are in that partition already: within one, records lie in the order
//! of the log, without a gap. Comparing with the greatest position of all would lose an event whose partition could not
//! be written while another's could.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use super::record::{self, Mark};
use super::settings::RelaySettings;
use super::{Stopped, partition};

/// The longest that one question to the broker may take.
const DEADLINE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);

/// What the last records say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tails {
    /// By partition, the position of its last record.
    last: Vec<Option<u64>>,
    /// Everything up to here has been acknowledged.
    pub(super) settled: Option<u64>,
}

impl Tails {
    /// Asks the broker, which blocks the thread.
    pub(super) fn read(settings: &RelaySettings) -> Result<Self, Stopped> {
        let consumer: BaseConsumer = settings.consumer().create()?;
        let topic = settings.topic.as_str();
        let metadata = consumer.fetch_metadata(Some(topic), DEADLINE)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let count = found.map_or(0, |found| found.partitions().len());
        if count == 0 {
            return Err(Stopped::NoTopic(topic.to_owned()));
        }
        let mut tails = Self { last: vec![None; count], settled: None };
        let mut ends = TopicPartitionList::new();
        for partition in 0..i32::try_from(count).expect("Kafka numbers partitions by i32") {
            let (low, high) = consumer.fetch_watermarks(topic, partition, DEADLINE)?;
            if low < high {
                ends.add_partition_offset(topic, partition, Offset::Offset(high - 1))?;
            }
        }
        consumer.assign(&ends)?;
        let mut unread = ends.count();
        let deadline = Instant::now() + DEADLINE;
        while unread > 0 {
            if Instant::now() > deadline {
                return Err(Stopped::TailsUnread);
            }
            let Some(message) = consumer.poll(POLL) else { continue };
            let message = message?;
            let partition = message.partition();
            let mark = message.headers().and_then(record::mark).ok_or(Stopped::Foreign { partition })?;
            // A record that came meanwhile is even better to know.
            unread -= usize::from(tails.add(partition, mark));
        }
        Ok(tails)
    }

    /// True for a partition's first.
    fn add(&mut self, partition: i32, mark: Mark) -> bool {
        let index = usize::try_from(partition).expect("Kafka numbers partitions from 0");
        self.settled = self.settled.max(mark.settled);
        self.last[index].replace(mark.position).is_none()
    }

    /// The partition of a key; none if the event at this position is in it already.
    pub(super) fn partition_lacking(&self, key: &str, position: u64) -> Option<i32> {
        let index = partition::partition_of(key.as_bytes(), self.last.len());
        let lacks = self.last[index].is_none_or(|last| last < position);
        lacks.then(|| i32::try_from(index).expect("Kafka numbers partitions by i32"))
    }
}
