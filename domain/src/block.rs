use availability::{InvalidBlock, validate_block, zone};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::BlockId;
use schemas::value::Block;

/// Time that someone wants to take out of a calendar, before the owner's zone is put beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRequest {
    /// The id it gets.
    pub block_id: BlockId,
    /// From when, the first time if it recurs.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// Why, for people.
    pub reason: String,
    /// RFC 5545 RRULE value.
    pub recurrence: Option<String>,
}

impl BlockRequest {
    /// The block in its owner's zone, if it makes sense there.
    pub(crate) fn in_zone(&self, time_zone: Tz) -> Result<Block, InvalidBlock> {
        let block = Block {
            block_id: self.block_id,
            start: self.start,
            end: self.end,
            time_zone,
            local_start: zone::local(time_zone, self.start),
            local_end: zone::local(time_zone, self.end),
            reason: self.reason.clone(),
            recurrence: self.recurrence.clone(),
        };
        validate_block(&block)?;
        Ok(block)
    }
}
