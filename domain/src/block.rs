//! Requests to block time, and changes of one occurrence of a recurring block.

use availability::{InvalidBlock, local_occurrence, occurs_on, validate_block, zone};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::value::{Block, BlockSource, MovedOccurrence, OccurrenceException};
use schemas::{AgentId, BlockId};

/// How many occurrences of a block may be left out or moved: every query about a day looks at each of the moved ones.
pub(crate) const MAX_EXCEPTIONS: usize = 366;
const LONGEST_OCCURRENCE: TimeDelta = TimeDelta::days(366);

/// A requested block, before the zone of the calendar's owner is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRequest {
    /// The id of the block.
    pub block_id: BlockId,
    /// When it is; of a recurring block, the first time.
    pub time: BlockedTime,
    /// The reason, for people to read.
    pub reason: String,
    /// RFC 5545 RRULE value.
    pub recurrence: Option<String>,
    /// Of a block of the office: whom it is for.
    pub scope: BlockScope,
    /// What prescribes it.
    pub source: Option<BlockSource>,
}

/// The time that a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedTime {
    /// From one instant to another.
    Between {
        /// When it starts.
        start: DateTime<Utc>,
        /// When it ends.
        end: DateTime<Utc>,
    },
    /// Whole days.
    Days {
        /// The first.
        date: NaiveDate,
        /// The last; none = the first is the only one.
        until: Option<NaiveDate>,
    },
}

/// Whom a block of the office is for; by default every agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockScope {
    /// The agents of these regions.
    pub regions: Vec<String>,
    /// These agents.
    pub agent_ids: Vec<AgentId>,
}

/// Why one occurrence cannot be left out or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OccurrenceRefusal {
    /// The block has none on that date.
    NotFound,
    /// Too many of the block are left out or moved already.
    TooMany,
    /// The new time is not valid.
    Invalid(InvalidBlock),
}

impl From<InvalidBlock> for OccurrenceRefusal {
    fn from(invalid: InvalidBlock) -> Self {
        Self::Invalid(invalid)
    }
}

impl BlockedTime {
    /// Start and end on a zone's wall clock: of whole days, midnight before the first and after the last.
    fn local(&self, time_zone: Tz) -> Result<(NaiveDateTime, NaiveDateTime), InvalidBlock> {
        match self {
            Self::Between { start, end } => {
                zone::check_instant(*start)?;
                zone::check_instant(*end)?;
                Ok((zone::local(time_zone, *start), zone::local(time_zone, *end)))
            }
            Self::Days { date, until } => {
                let last = until.unwrap_or(*date);
                zone::check_date(*date)?;
                zone::check_date(last)?;
                if last < *date {
                    return Err(InvalidBlock::Empty);
                }
                let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN);
                Ok((midnight(*date), midnight(last + Days::new(1))))
            }
        }
    }

    const fn is_days(&self) -> bool {
        matches!(self, Self::Days { .. })
    }
}

impl BlockRequest {
    /// The block in its owner's zone, if it is valid there.
    pub(crate) fn in_zone(&self, time_zone: Tz) -> Result<Block, InvalidBlock> {
        let (local_start, local_end) = self.time.local(time_zone)?;
        let (start, end, date, until) = match self.time {
            BlockedTime::Between { start, end } => (start, end, None, None),
            BlockedTime::Days { date, until } => (
                zone::start_instant(time_zone, local_start),
                zone::start_instant(time_zone, local_end),
                Some(date),
                until.filter(|until| *until != date),
            ),
        };
        let block = Block {
            block_id: self.block_id,
            start,
            end,
            time_zone,
            local_start,
            local_end,
            date,
            until,
            reason: self.reason.clone(),
            recurrence: self.recurrence.clone(),
            exceptions: Vec::new(),
            regions: self.scope.regions.clone(),
            agent_ids: self.scope.agent_ids.clone(),
            source: self.source.clone(),
        };
        validate_block(&block)?;
        Ok(block)
    }

    /// The same in place of a block. Its occurrences that were left out or moved stay so, as far as the block still has
    /// them: they are changed by themselves.
    pub(crate) fn replacing(&self, known: &Block, time_zone: Tz) -> Result<Block, InvalidBlock> {
        let mut block = self.in_zone(time_zone)?;
        let same_kind = known.date.is_some() == block.date.is_some();
        let stays = |exception: &&OccurrenceException| {
            (same_kind || exception.moved_to.is_none()) && occurs_on(&block, exception.date)
        };
        block.exceptions = known.exceptions.iter().filter(stays).cloned().collect();
        Ok(block)
    }
}

/// The blocks that follow their owner to another zone by the wall clock.
pub(crate) fn moved_with_zone<'a>(blocks: impl Iterator<Item = &'a Block>) -> Vec<BlockId> {
    let moved = blocks.filter(|block| block.date.is_some() || block.recurrence.is_some());
    moved.map(|block| block.block_id).collect()
}

/// Whether the occurrence on this date is to be left out; not if it is already.
pub(crate) fn leaves_out(block: &Block, date: NaiveDate) -> Result<bool, OccurrenceRefusal> {
    if !occurs_on(block, date) {
        return Err(OccurrenceRefusal::NotFound);
    }
    let known = block.exceptions.iter().find(|exception| exception.date == date);
    if known.is_none() {
        check_exceptions(block.exceptions.len() + 1)?;
    }
    Ok(known.is_none_or(|exception| exception.moved_to.is_some()))
}

/// The block with its occurrence of this date at another time. At its own time it is no exception any more, which brings
/// back one that was left out.
pub(crate) fn with_moved(
    block: &Block,
    date: NaiveDate,
    time: &BlockedTime,
) -> Result<Block, OccurrenceRefusal> {
    if !occurs_on(block, date) {
        return Err(OccurrenceRefusal::NotFound);
    }
    if time.is_days() != block.date.is_some() {
        return Err(InvalidBlock::OtherKind.into());
    }
    let (local_start, local_end) = time.local(block.time_zone)?;
    if local_end <= local_start {
        return Err(InvalidBlock::Empty.into());
    }
    if local_end - local_start > LONGEST_OCCURRENCE {
        return Err(InvalidBlock::Length.into());
    }
    let mut changed = block.clone();
    changed.exceptions.retain(|exception| exception.date != date);
    if (local_start, local_end) != local_occurrence(block, date) {
        check_exceptions(changed.exceptions.len() + 1)?;
        let moved_to = Some(MovedOccurrence { local_start, local_end });
        changed.exceptions.push(OccurrenceException { date, moved_to });
        changed.exceptions.sort_by_key(|exception| exception.date);
    }
    Ok(changed)
}

const fn check_exceptions(wanted: usize) -> Result<(), OccurrenceRefusal> {
    if wanted > MAX_EXCEPTIONS { Err(OccurrenceRefusal::TooMany) } else { Ok(()) }
}
