//! What the relay has written last to each partition, to be compared with what the topic holds.
//!
//! A topic that was deleted and made anew has the same name, and accepts records as before. Kafka's client tells no id of
//! a topic to this program. But a partition that was made anew begins with offset 0, and has not what was written
//! before: that shows with the next record, before its transaction is committed, and within seconds if none is written.

use std::collections::BTreeMap;

use rdkafka::message::Message as _;

use super::Lost;
use super::message::RecordProgress;
use super::settings::{Isolation, RelaySettings};
use super::topic_reader::{PartitionEnd, TopicReader, index, progress};

/// By partition, the last record; none if the partition has none, or is not known to have one.
#[derive(Debug, Clone)]
pub(super) struct Ends(Vec<Option<End>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    offset: i64,
    /// The position of its event.
    position: u64,
}

impl Ends {
    /// The ends of the first partitions, as they were read.
    pub(super) fn new(found: &[PartitionEnd], count: usize) -> Self {
        let end = |(offset, RecordProgress { position, .. }): &(i64, RecordProgress)| End {
            offset: *offset,
            position: *position,
        };
        let known = found.iter().map(|found| found.last.as_ref().map(end));
        Self(known.chain(std::iter::repeat(None)).take(count).collect())
    }

    /// Whether the ends that were found have all of these, or have had them.
    pub(super) fn are_in(&self, found: &[PartitionEnd]) -> bool {
        self.0.iter().zip(0..).all(|(end, partition)| {
            let Some(end) = end else { return true };
            found.get(partition).is_some_and(|found| {
                let last = found.last.as_ref().map(|(offset, _)| *offset);
                end.offset < found.first || Some(end.offset) <= last
            })
        })
    }

    /// Records that an event was written at this offset. Fails if that is not after the record before.
    pub(super) fn written(&mut self, partition: i32, offset: i64, position: u64) -> Result<(), Lost> {
        match self.0[index(partition)].replace(End { offset, position }) {
            Some(before) if offset <= before.offset => Err(lost(partition, before)),
            _ => Ok(()),
        }
    }

    /// Reads these records again, and returns how many partitions the topic has. Fails if one is not there any more.
    /// Blocks the thread.
    pub(super) fn compare(&self, settings: &RelaySettings) -> Result<usize, Lost> {
        // The last commit may not be in every partition yet.
        let reader = TopicReader::open(settings, Isolation::Uncommitted)?;
        let count = reader.partitions()?;
        let mut expected = BTreeMap::new();
        for (partition, end) in (0..).zip(&self.0) {
            let Some(end) = *end else { continue };
            if partition >= count {
                return Err(lost(partition, end));
            }
            let offsets = reader.offsets(partition)?;
            if offsets.end <= end.offset {
                return Err(lost(partition, end));
            }
            // A record before the first was deleted for its age: that loses nothing that is still to be written.
            if offsets.start <= end.offset {
                expected.insert(partition, end);
            }
        }
        let from = expected.iter().map(|(partition, end)| (*partition, end.offset)).collect();
        reader.read(&from, |record| {
            let partition = record.partition();
            let is_it = expected.get(&partition).is_some_and(|end| end.offset == record.offset());
            if is_it && progress(record)?.position == expected[&partition].position {
                expected.remove(&partition);
            }
            Ok(())
        })?;
        match expected.first_key_value() {
            Some((partition, end)) => Err(lost(*partition, *end)),
            None => Ok(index(count)),
        }
    }
}

/// It is counted once the relay begins anew, and finds how much is missing.
const fn lost(partition: i32, end: End) -> Lost {
    Lost::Records { partition, offset: end.offset }
}
