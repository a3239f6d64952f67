//! Requests to block time.

use availability::{InvalidBlock, validate_block, zone};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::BlockId;
use schemas::value::Block;

/// A requested block, before the zone of the calendar's owner is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRequest {
    /// The id of the new block.
    pub block_id: BlockId,
    /// When it starts; of a recurring block, the first time.
    pub start: DateTime<Utc>,
    /// When it ends; of a recurring block, the first time.
    pub end: DateTime<Utc>,
    /// The reason, for people to read.
    pub reason: String,
    /// RFC 5545 RRULE value.
    pub recurrence: Option<String>,
}

impl BlockRequest {
    /// The block in its owner's zone, if it is valid there.
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
