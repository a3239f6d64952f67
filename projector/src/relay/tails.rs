//! The relay's progress, read from the last record of each partition.
//!
//! Every record carries its event's position, and the position up to which everything was settled when it was
//! written: acknowledged, and no stream parked. Reading the log resumes after the greatest settled position among the
//! last records. From there on, each partition's last record states which events the partition already has: all up to
//! the position it had reached, except those of the streams that it names, from the named revisions on.
//!
//! Within a partition, records are in the order of the log without a gap, except those of a stream that was parked.
//! Comparing with the greatest position of all partitions would lose an event whose partition could not be written
//! while another's could.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use event_store::RecordedEvent;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use schemas::stream;

use super::message::{self, RecordProgress};
use super::settings::RelaySettings;
use super::{Lost, partition};

/// The timeout of one request to the broker.
const DEADLINE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);

/// What is in the topic, by its last records and by what has been written since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tails {
    /// By partition, the position up to which everything is in it, except what is missing.
    reached: Vec<Option<u64>>,
    /// By stream, from which revision on its events are missing although its partition reached further.
    missing: BTreeMap<String, u64>,
    /// By parked stream, the settled position before its event.
    parked: BTreeMap<String, Option<u64>>,
    /// The position up to which the log has been read.
    seen: Option<u64>,
    /// The position up to which everything is acknowledged.
    acknowledged: Option<u64>,
}

impl Tails {
    /// Reads the tails from the broker. Blocks the thread.
    pub(super) fn read(settings: &RelaySettings) -> Result<Self, Lost> {
        let consumer: BaseConsumer = settings.consumer().create()?;
        let topic = settings.topic.as_str();
        let metadata = consumer.fetch_metadata(Some(topic), DEADLINE)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let count = found.map_or(0, |found| found.partitions().len());
        if count == 0 {
            return Err(Lost::NoTopic(topic.to_owned()));
        }
        let mut tails = Self::empty(count);
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
                return Err(Lost::TailsUnread);
            }
            let Some(message) = consumer.poll(POLL) else { continue };
            let message = message?;
            let partition = message.partition();
            let mark = message.headers().and_then(message::mark).ok_or(Lost::Foreign { partition })?;
            // A record that was written meanwhile replaces the one before it.
            unread -= usize::from(tails.add(partition, mark));
        }
        Ok(tails)
    }

    fn empty(partitions: usize) -> Self {
        Self {
            reached: vec![None; partitions],
            missing: BTreeMap::new(),
            parked: BTreeMap::new(),
            seen: None,
            acknowledged: None,
        }
    }

    /// Takes over a record's mark; true for the first of a partition.
    fn add(&mut self, partition: i32, mark: RecordProgress) -> bool {
        let index = index(partition);
        self.acknowledged = self.acknowledged.max(mark.settled);
        self.seen = self.acknowledged;
        let count = self.reached.len();
        self.missing.retain(|stream, _| partition_of(stream, count) != index);
        self.missing.extend(mark.missing);
        self.reached[index].replace(mark.reached).is_none()
    }

    /// Where reading the log resumes: all public events before it are in the topic.
    pub(super) fn settled(&self) -> Option<u64> {
        self.parked.values().copied().fold(self.acknowledged, Option::min)
    }

    /// The partition of an event's stream; none if the event is in it already.
    pub(super) fn partition_if_unwritten(&self, event: &RecordedEvent) -> Option<i32> {
        let index = partition_of(&event.stream, self.reached.len());
        let is_missing = self.missing.get(&*event.stream).is_some_and(|from| *from <= event.revision);
        let lacks = is_missing || self.reached[index].is_none_or(|reached| reached < event.position);
        lacks.then(|| i32::try_from(index).expect("Kafka numbers partitions by i32"))
    }

    /// The mark of the next record, of this event in this partition.
    pub(super) fn next(&mut self, partition: i32, event: &RecordedEvent) -> RecordProgress {
        let (index, count) = (index(partition), self.reached.len());
        if let Some(from) = self.missing.get_mut(&*event.stream) {
            *from = event.revision + 1;
        }
        let reached = self.reached[index].map_or(event.position, |reached| reached.max(event.position));
        self.reached[index] = Some(reached);
        let of_partition = self.missing.iter().filter(|(stream, _)| partition_of(stream, count) == index);
        let missing = of_partition.map(|(stream, from)| (stream.clone(), *from)).collect();
        RecordProgress { position: event.position, reached, settled: self.settled(), missing }
    }

    /// Records that the log has been read up to here.
    pub(super) fn seen(&mut self, position: u64) {
        self.seen = self.seen.max(Some(position));
        // Missing events of streams that are not parked have been written by now.
        if self.reached.iter().all(|reached| *reached <= self.seen) {
            self.missing.retain(|stream, _| self.parked.contains_key(stream));
        }
    }

    /// Records that everything up to here is acknowledged; without a position, everything that has been read.
    pub(super) fn acknowledged(&mut self, position: Option<u64>) {
        self.acknowledged = self.acknowledged.max(position.or(self.seen));
    }

    /// Records that a stream is parked at this revision, with everything before it acknowledged.
    pub(super) fn park(&mut self, stream: &str, revision: u64) {
        let settled = self.acknowledged.max(self.seen);
        self.parked.entry(stream.to_owned()).or_insert(settled);
        self.missing.insert(stream.to_owned(), revision);
    }

    /// Records that a stream is not parked any more.
    pub(super) fn resumed(&mut self, stream: &str) {
        self.parked.remove(stream);
        self.missing.remove(stream);
    }
}

fn index(partition: i32) -> usize {
    usize::try_from(partition).expect("Kafka numbers partitions from 0")
}

fn partition_of(stream: &str, count: usize) -> usize {
    let key = stream.strip_prefix(stream::AGENT_PREFIX).unwrap_or(stream);
    partition::partition_of(key.as_bytes(), count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAMS: u64 = 5;
    const PARTITIONS: usize = 3;

    fn log() -> Vec<RecordedEvent> {
        let event = |number: u64| RecordedEvent {
            event_id: schemas::EventId::new(uuid::Uuid::from_u128(number.into())),
            stream: format!("agent-{}", number * 7 % 11 % STREAMS).into(),
            revision: number,
            position: 100 + number * 10,
            event_type: String::new(),
            payload: Vec::new().into(),
            metadata: Vec::new().into(),
        };
        (0..60).map(event).collect()
    }

    /// The records in the topic, by partition.
    type Topic = Vec<Vec<(u64, RecordProgress)>>;

    /// One run of a relay until it is killed after `life` events; every record is acknowledged at once.
    fn relay(topic: &mut Topic, log: &[RecordedEvent], is_bad: impl Fn(&RecordedEvent) -> bool, life: usize) {
        let mut tails = Tails::empty(PARTITIONS);
        for (partition, records) in topic.iter().enumerate() {
            if let Some((_, mark)) = records.last() {
                tails.add(i32::try_from(partition).unwrap(), mark.clone());
            }
        }
        let after = tails.settled();
        for event in log.iter().filter(|event| after < Some(event.position)).take(life) {
            if tails.parked.contains_key(&*event.stream) {
                continue;
            }
            if is_bad(event) {
                tails.park(&event.stream, event.revision);
                continue;
            }
            if let Some(partition) = tails.partition_if_unwritten(event) {
                tails.acknowledged(None);
                let mark = tails.next(partition, event);
                topic[index(partition)].push((event.position, mark));
                tails.acknowledged(Some(event.position));
            }
            tails.seen(event.position);
        }
    }

    #[test]
    fn wherever_it_is_killed_and_whatever_was_parked_every_event_is_in_once_and_in_the_order_of_its_stream() {
        let log = log();
        for life in 1..log.len() {
            for (first, second) in [(3, 9), (10, 11), (20, 25), (0, 59)] {
                let mut topic: Topic = vec![Vec::new(); PARTITIONS];
                let bad = |numbers: &[usize], event: &RecordedEvent| {
                    numbers.iter().any(|number| log[*number].position == event.position)
                };
                relay(&mut topic, &log, |event| bad(&[first, second], event), life);
                relay(&mut topic, &log, |event| bad(&[first, second], event), log.len());
                // One event can be handled from now on, and then the other.
                relay(&mut topic, &log, |event| bad(&[second], event), life);
                relay(&mut topic, &log, |event| bad(&[second], event), log.len());
                relay(&mut topic, &log, |_| false, life);
                relay(&mut topic, &log, |_| false, log.len());
                let told: Vec<u64> = topic.iter().flatten().map(|(position, _)| *position).collect();
                let mut sorted = told.clone();
                sorted.sort_unstable();
                let all: Vec<u64> = log.iter().map(|event| event.position).collect();
                assert_eq!(sorted, all, "killed after {life}, with {first} and {second} parked");
                for stream in log.iter().map(|event| &event.stream) {
                    let of_stream = |position: &&u64| {
                        log.iter().any(|event| event.position == **position && event.stream == *stream)
                    };
                    let of_stream: Vec<_> = told.iter().filter(of_stream).collect();
                    assert!(of_stream.is_sorted(), "{stream}: {of_stream:?}");
                }
            }
        }
    }
}
