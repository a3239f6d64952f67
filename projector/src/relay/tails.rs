//! The relay's progress, read from the last record of each partition.
//!
//! Every record carries its event's position, and the position up to which everything was settled when it was
//! written: acknowledged, and no stream parked. Reading the log resumes after the greatest settled position among the
//! last records. From there on, each partition's last record states which events the partition already has: all up to
//! the position it had reached, except those of the streams that it names, from the named revisions on.
//!
//! A record's key is its appointment, whose events are in the streams of all agents who have had it; so a stream's events
//! are in every partition. Within a partition, records are in the order of the log without a gap, except those of a stream
//! that was parked.
//! Comparing with the greatest position of all partitions would lose an event whose partition could not be written
//! while another's could.

use std::collections::BTreeMap;

use event_store::RecordedEvent;

use super::message::RecordProgress;
use super::partition::partition_of;
use super::topic_reader::{PartitionEnd, index};

/// What is in the topic, by its last records and by what has been written since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tails {
    /// By partition, the position up to which everything is in it, except what is missing.
    reached: Vec<Option<u64>>,
    /// The same without the records of the transaction under way.
    committed: Vec<Option<u64>>,
    /// By partition and stream, from which revision on events are missing although the partition reached further.
    missing: Vec<BTreeMap<String, u64>>,
    /// By parked stream, the settled position before its event.
    parked: BTreeMap<String, Option<u64>>,
    /// The position up to which the log has been read.
    seen: Option<u64>,
    /// The position up to which everything is acknowledged.
    acknowledged: Option<u64>,
}

impl Tails {
    /// The progress that these ends of the topic state, and whether records are missing.
    ///
    /// If one has lost records that another states, or that this process has written, reading resumes at the beginning:
    /// what a partition still has is not written again.
    ///
    /// The number of partitions among which keys are shared out is that of the first record. Partitions that were added
    /// since are left alone: a key's later events would be in another partition than its earlier ones.
    pub(super) fn new(found: &[PartitionEnd], has_what_was_written: bool) -> (Self, bool) {
        let marks = || found.iter().filter_map(|end| end.last.as_ref().map(|(_, mark)| mark));
        let stated: Vec<_> = marks().filter_map(|mark| mark.partitions.as_deref()).collect();
        let count = stated.iter().map(|every| every.len()).max().unwrap_or(found.len());
        if found.len() < count {
            // Made anew with fewer partitions: what is there may be in the wrong one.
            return (Self::empty(found.len()), true);
        }
        let mut tails = Self::empty(count);
        for (partition, end) in (0..).zip(&found[..count]) {
            if let Some((_, mark)) = &end.last {
                tails.add(partition, mark.clone());
            }
        }
        let mut lost = !has_what_was_written || stated.is_empty() && marks().next().is_some();
        for every in stated {
            for (partition, stated) in every.iter().enumerate() {
                if *stated <= tails.reached[partition] {
                    continue;
                }
                match &found[partition] {
                    // All of its records were deleted for their age.
                    PartitionEnd { first: 1.., last: None, .. } => tails.reached[partition] = *stated,
                    _ => lost = true,
                }
            }
        }
        if lost {
            (tails.acknowledged, tails.seen) = (None, None);
        }
        tails.committed.clone_from(&tails.reached);
        (tails, lost)
    }

    fn empty(partitions: usize) -> Self {
        Self {
            reached: vec![None; partitions],
            committed: vec![None; partitions],
            missing: vec![BTreeMap::new(); partitions],
            parked: BTreeMap::new(),
            seen: None,
            acknowledged: None,
        }
    }

    /// Takes over the mark of a partition's last record.
    fn add(&mut self, partition: i32, mark: RecordProgress) {
        let index = index(partition);
        self.acknowledged = self.acknowledged.max(mark.settled);
        self.seen = self.acknowledged;
        self.missing[index] = mark.missing.into_iter().collect();
        self.reached[index] = Some(mark.reached);
    }

    /// The number of partitions that are used: the first of the topic.
    pub(super) fn partitions(&self) -> usize {
        self.reached.len()
    }

    /// By partition, the position up to which everything that is committed is in it.
    pub(super) fn committed(&self) -> &[Option<u64>] {
        &self.committed
    }

    /// Where reading the log resumes: all public events before it are in the topic.
    pub(super) fn settled(&self) -> Option<u64> {
        self.parked.values().copied().fold(self.acknowledged, Option::min)
    }

    /// The partition of an event whose record has this key; none if the event is in it already.
    pub(super) fn partition_if_unwritten(&self, event: &RecordedEvent, key: &str) -> Option<i32> {
        let index = partition_of(key.as_bytes(), self.reached.len());
        let is_missing = self.missing[index].get(&*event.stream).is_some_and(|from| *from <= event.revision);
        let lacks = is_missing || self.reached[index].is_none_or(|reached| reached < event.position);
        lacks.then(|| i32::try_from(index).expect("Kafka numbers partitions by i32"))
    }

    /// The mark of the next record, of this event in this partition.
    pub(super) fn next(&mut self, partition: i32, event: &RecordedEvent) -> RecordProgress {
        let index = index(partition);
        if let Some(from) = self.missing[index].get_mut(&*event.stream) {
            *from = event.revision + 1;
        }
        let reached = self.reached[index].map_or(event.position, |reached| reached.max(event.position));
        self.reached[index] = Some(reached);
        let missing = self.missing[index].iter().map(|(stream, from)| (stream.clone(), *from)).collect();
        RecordProgress {
            position: event.position,
            revision: event.revision,
            reached,
            settled: self.settled(),
            missing,
            partitions: None,
        }
    }

    /// Records that the log has been read up to here.
    pub(super) fn seen(&mut self, position: u64) {
        self.seen = self.seen.max(Some(position));
        // Missing events of streams that are not parked have been written by now.
        if self.reached.iter().all(|reached| *reached <= self.seen) {
            for missing in &mut self.missing {
                missing.retain(|stream, _| self.parked.contains_key(stream));
            }
        }
    }

    /// Records that everything up to here is acknowledged; without a position, everything that has been read.
    pub(super) fn acknowledged(&mut self, position: Option<u64>) {
        self.acknowledged = self.acknowledged.max(position.or(self.seen));
        self.committed.clone_from(&self.reached);
    }

    /// Records that a stream is parked at this revision, with everything before it acknowledged.
    pub(super) fn park(&mut self, stream: &str, revision: u64) {
        let settled = self.acknowledged.max(self.seen);
        self.parked.entry(stream.to_owned()).or_insert(settled);
        for missing in &mut self.missing {
            // A partition may have events after this one, which was skipped once.
            let from = missing.entry(stream.to_owned()).or_default();
            *from = revision.max(*from);
        }
    }

    /// Records that a stream is not parked any more.
    pub(super) fn resumed(&mut self, stream: &str) {
        self.parked.remove(stream);
        for missing in &mut self.missing {
            missing.remove(stream);
        }
    }
}

#[cfg(test)]
mod tests;
