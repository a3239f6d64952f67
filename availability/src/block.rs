//! Validation of blocks, and the expansion of recurring ones into occurrences.

use std::collections::BTreeMap;

use chrono::{NaiveTime, TimeDelta};
use schemas::BlockId;
use schemas::value::Block;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Interval;
use crate::recurrence::{InvalidRecurrence, Recurrence, ends_before_next, validate_recurrence};
use crate::timeline::{Entry, Timeline};
use crate::zone::{self, OutOfRange};

/// Why a block is invalid. Display says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidBlock {
    /// It is empty.
    #[error("a block must end after it starts")]
    Empty,
    /// It begins or ends outside the supported range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// It recurs, and is shorter than a minute or longer than 366 days.
    #[error("a block that recurs must be between one minute and 366 days long by the wall clock")]
    Length,
    /// It recurs before it has ended.
    #[error("a block that recurs must end before it begins again")]
    OverlapsItself,
    /// Its recurrence is invalid.
    #[error(transparent)]
    Recurrence(#[from] InvalidRecurrence),
}

/// Checks that a block is valid.
pub fn validate_block(block: &Block) -> Result<(), InvalidBlock> {
    zone::check_instant(block.start)?;
    zone::check_instant(block.end)?;
    if block.end <= block.start {
        return Err(InvalidBlock::Empty);
    }
    let Some(recurrence) = &block.recurrence else { return Ok(()) };
    validate_recurrence(recurrence, block.time_zone, block.local_start)?;
    let length = block.local_end - block.local_start;
    if length < TimeDelta::minutes(1) || length > TimeDelta::days(366) {
        return Err(InvalidBlock::Length);
    }
    let recurrence = Recurrence::compile(recurrence, block.time_zone, block.local_start)?;
    if ends_before_next(&recurrence, length) { Ok(()) } else { Err(InvalidBlock::OverlapsItself) }
}

/// The occurrences of a block that overlap a range, earliest start first, each at its full length.
///
/// A recurrence is expanded on the wall clock of the block's zone: every occurrence begins and ends at the block's own
/// local times, on whichever side of a clock change it falls, and is as long as the block by the wall clock. One that
/// lies wholly in a gap is left out. The first occurrence is always the block's own `start` and `end`. A recurrence
/// that cannot be parsed counts as none.
pub fn block_occurrences(block: &Block, range: Interval) -> Vec<Interval> {
    match recurrence_of(block) {
        Some(recurrence) => occurrences(block, &recurrence, range),
        None => Some(interval_of(block)).filter(|own| own.overlaps(&range)).into_iter().collect(),
    }
}

fn recurrence_of(block: &Block) -> Option<Recurrence> {
    Recurrence::compile(block.recurrence.as_deref()?, block.time_zone, block.local_start).ok()
}

pub(crate) const fn interval_of(block: &Block) -> Interval {
    Interval::new(block.start, block.end)
}

fn occurrences(block: &Block, recurrence: &Recurrence, range: Interval) -> Vec<Interval> {
    let range = range.intersection(&zone::SUPPORTED_RANGE);
    if range.is_empty() {
        return Vec::new();
    }
    let length = (block.local_end - block.local_start).max(TimeDelta::zero());
    let (time, first) = (block.local_start.time(), block.local_start.date());
    let midnight = |instant| zone::local_date(block.time_zone, instant).and_time(NaiveTime::MIN);
    // One more day on either side: an occurrence may begin in a gap or end in a fold.
    let day = TimeDelta::days(1);
    let from = midnight(range.start).checked_sub_signed(length + day).unwrap_or(block.local_start).date();
    let to = (midnight(range.end) + day).date();
    recurrence
        .dates(from, to)
        .map(|date| match date {
            _ if date == first => interval_of(block),
            _ => Interval::new(
                zone::start_instant(block.time_zone, date.and_time(time)),
                zone::end_instant(block.time_zone, date.and_time(time) + length),
            ),
        })
        .filter(|occurrence| occurrence.overlaps(&range))
        .collect()
}

/// The blocks of one calendar: single ones by time, recurring ones with their parsed recurrence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Block>", into = "Vec<Block>")]
pub(crate) struct Blocks {
    single: Timeline<Block>,
    recurring: BTreeMap<BlockId, (Block, Recurrence)>,
}

impl Entry for Block {
    type Id = BlockId;

    fn id(&self) -> &BlockId {
        &self.block_id
    }

    fn interval(&self) -> Interval {
        interval_of(self)
    }
}

impl Blocks {
    pub(crate) fn insert(&mut self, block: Block) {
        self.remove(block.block_id);
        match recurrence_of(&block) {
            Some(recurrence) => {
                self.recurring.insert(block.block_id, (block, recurrence));
            }
            None => {
                self.single.insert(block);
            }
        }
    }

    pub(crate) fn remove(&mut self, block_id: BlockId) -> Option<Block> {
        let recurring = self.recurring.remove(&block_id).map(|(block, _)| block);
        recurring.or_else(|| self.single.remove(&block_id))
    }

    pub(crate) fn get(&self, block_id: BlockId) -> Option<&Block> {
        self.recurring.get(&block_id).map(|(block, _)| block).or_else(|| self.single.get(&block_id))
    }

    pub(crate) fn recurring(&self) -> usize {
        self.recurring.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Block> {
        self.single.iter().chain(self.recurring.values().map(|(block, _)| block))
    }

    /// The occurrences that overlap the range.
    pub(crate) fn in_range(&self, range: Interval) -> impl Iterator<Item = (BlockId, Interval)> {
        let single = self.single.overlapping(range).map(|block| (block.block_id, interval_of(block)));
        let recurring = self.recurring.values().flat_map(move |(block, recurrence)| {
            occurrences(block, recurrence, range).into_iter().map(|occurrence| (block.block_id, occurrence))
        });
        single.chain(recurring)
    }
}

impl From<Vec<Block>> for Blocks {
    fn from(list: Vec<Block>) -> Self {
        let mut blocks = Self::default();
        for block in list {
            blocks.insert(block);
        }
        blocks
    }
}

impl From<Blocks> for Vec<Block> {
    fn from(blocks: Blocks) -> Self {
        blocks.iter().cloned().collect()
    }
}
