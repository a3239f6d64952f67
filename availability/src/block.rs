//! Validation of blocks, and the blocks of one calendar.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::BlockId;
use schemas::value::{Block, OccurrenceException};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Interval;
use crate::block_time::{in_zone, interval_of, occurrences, recurrence_of};
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
    /// An occurrence of whole days was to be moved to times of day, or the other way round.
    #[error("an occurrence of whole days is moved to a date, any other one to a start and an end")]
    OtherKind,
    /// It recurs before it has ended.
    #[error("a block that recurs must end before it begins again")]
    OverlapsItself,
    /// Its recurrence is invalid.
    #[error(transparent)]
    Recurrence(#[from] InvalidRecurrence),
}

/// No two zones' wall clocks differ by as much: so a whole day of one zone lies that close to the same date of another.
const APART: TimeDelta = TimeDelta::days(2);

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

    /// Leaves out the occurrence of a recurring block that begins on this date.
    pub(crate) fn skip(&mut self, block_id: BlockId, date: NaiveDate) {
        let Some((block, _)) = self.recurring.get_mut(&block_id) else { return };
        except(&mut block.exceptions, OccurrenceException { date, moved_to: None });
    }

    /// Reads all of them in the zone that their owner has from now on.
    pub(crate) fn move_to_zone(&mut self, time_zone: Tz) {
        let stale = self.iter().filter(|block| block.time_zone != time_zone);
        for block in stale.cloned().collect::<Vec<_>>() {
            self.insert(in_zone(block, time_zone));
        }
    }

    /// The occurrences that overlap the range of those blocks that are for whoever asks; whole days in this zone.
    pub(crate) fn in_range(
        &self,
        time_zone: Tz,
        range: Interval,
        is_for: impl Fn(&Block) -> bool + Copy,
    ) -> impl Iterator<Item = (BlockId, Interval)> {
        // Whole days are kept by when they are in their owner's zone.
        let around = Interval::new(
            range.start.checked_sub_signed(APART).unwrap_or(DateTime::<Utc>::MIN_UTC),
            range.end.checked_add_signed(APART).unwrap_or(DateTime::<Utc>::MAX_UTC),
        );
        let single = self.single.near(around).map(|block| (block, None));
        let recurring = self.recurring.values().map(|(block, recurrence)| (block, Some(recurrence)));
        single.chain(recurring).filter(move |(block, _)| is_for(block)).flat_map(
            move |(block, recurrence)| {
                let found = occurrences(block, recurrence, time_zone, range);
                found.into_iter().map(|occurrence| (block.block_id, occurrence))
            },
        )
    }
}

/// Adds an exception to the list, which is in the order of dates, in place of one for the same date.
fn except(exceptions: &mut Vec<OccurrenceException>, exception: OccurrenceException) {
    match exceptions.binary_search_by_key(&exception.date, |known| known.date) {
        Ok(at) => exceptions[at] = exception,
        Err(at) => exceptions.insert(at, exception),
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
