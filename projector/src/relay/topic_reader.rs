//! Reads the ends of the topic's partitions. Blocks the thread.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::{Offset, TopicPartitionList};
use schemas::Landmark;

use super::message::{self, RecordProgress};
use super::settings::{Isolation, RelaySettings};
use super::{DEADLINE, Lost};

const POLL: Duration = Duration::from_millis(100);
/// A partition usually ends with a record and the mark of its transaction's end.
const FIRST_STEP: i64 = 2;
/// By how much further back the last record is looked for each time: after it, a transaction may have failed.
const NEXT_STEP: i64 = 64;

/// What a partition ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartitionEnd {
    /// The offset of the first record that was not deleted.
    pub(super) first: i64,
    /// The last record's offset, and what it states of the relay's progress.
    pub(super) last: Option<(i64, RecordProgress)>,
    /// The event of that record.
    pub(super) landmark: Option<Landmark>,
}

pub(super) struct TopicReader<'a> {
    consumer: BaseConsumer,
    topic: &'a str,
}

impl<'a> TopicReader<'a> {
    pub(super) fn open(settings: &'a RelaySettings, isolation: Isolation) -> Result<Self, Lost> {
        let consumer = settings.consumer(isolation).create()?;
        Ok(Self { consumer, topic: &settings.topic })
    }

    /// The number of the topic's partitions.
    pub(super) fn partitions(&self) -> Result<i32, Lost> {
        let metadata = self.consumer.fetch_metadata(Some(self.topic), DEADLINE)?;
        let found = metadata.topics().iter().find(|found| found.name() == self.topic);
        match found.map_or(0, |found| found.partitions().len()) {
            0 => Err(Lost::NoTopic(self.topic.to_owned())),
            count => Ok(i32::try_from(count).expect("Kafka numbers partitions by i32")),
        }
    }

    /// The offsets that a partition has.
    pub(super) fn offsets(&self, partition: i32) -> Result<Range<i64>, Lost> {
        let (low, high) = self.consumer.fetch_watermarks(self.topic, partition, DEADLINE)?;
        Ok(low..high)
    }

    /// The end of each partition, one after the other.
    pub(super) fn ends(&self) -> Result<Vec<PartitionEnd>, Lost> {
        let mut ends = Vec::new();
        // By partition, the offsets that the last record may be at.
        let mut unread = BTreeMap::new();
        for partition in 0..self.partitions()? {
            let offsets = self.offsets(partition)?;
            ends.push(PartitionEnd { first: offsets.start, last: None, landmark: None });
            unread.insert(partition, offsets);
        }
        let mut step = FIRST_STEP;
        loop {
            unread.retain(|partition, offsets| ends[index(*partition)].last.is_none() && !offsets.is_empty());
            if unread.is_empty() {
                return Ok(ends);
            }
            for offsets in unread.values_mut() {
                offsets.end = offsets.start.max(offsets.end - step);
            }
            let from = unread.iter().map(|(partition, offsets)| (*partition, offsets.end)).collect();
            self.read(&from, |record| {
                let mark = progress(record)?;
                let end = &mut ends[index(record.partition())];
                end.landmark = record.headers().and_then(|headers| message::landmark(headers, &mark));
                end.last = Some((record.offset(), mark));
                Ok(())
            })?;
            step *= NEXT_STEP;
        }
    }

    /// Reads from these offsets to the end of each of these partitions.
    pub(super) fn read(
        &self,
        from: &BTreeMap<i32, i64>,
        mut each: impl FnMut(&BorrowedMessage<'_>) -> Result<(), Lost>,
    ) -> Result<(), Lost> {
        let mut partitions = TopicPartitionList::new();
        for (partition, offset) in from {
            partitions.add_partition_offset(self.topic, *partition, Offset::Offset(*offset))?;
        }
        self.consumer.assign(&partitions)?;
        let mut unread = partitions.count();
        let deadline = Instant::now() + DEADLINE;
        while unread > 0 {
            if Instant::now() > deadline {
                return Err(Lost::EndsUnread);
            }
            match self.consumer.poll(POLL) {
                Some(Err(KafkaError::PartitionEOF(_))) => unread -= 1,
                Some(record) => each(&record?)?,
                None => {}
            }
        }
        Ok(())
    }
}

/// What a record states of the relay's progress.
pub(super) fn progress(record: &BorrowedMessage<'_>) -> Result<RecordProgress, Lost> {
    let partition = record.partition();
    record.headers().and_then(message::mark).ok_or(Lost::Foreign { partition })
}

pub(super) fn index(partition: i32) -> usize {
    usize::try_from(partition).expect("Kafka numbers partitions from 0")
}
