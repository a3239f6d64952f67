//! Blocks with the version of what they belong to.

use availability::{TimeText, Wording};
use schemars::JsonSchema;
use schemas::BlockId;
use schemas::value::Block;
use serde::Serialize;

use crate::page::Cursor;
use crate::{Page, PageRequest, QueryError};

/// A block of an agent or of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BlockRow {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
    /// The version of its owner: an agent's blocks, hours and profile have one together, and so has all of the office.
    pub version: u64,
    /// When it is, of a recurring block the first time, in its owner's zone. Of whole days, the dates.
    #[serde(flatten)]
    pub time: TimeText,
}

impl BlockRow {
    pub(crate) fn new(block: &Block, version: u64, wording: &Wording) -> Self {
        let zone = block.time_zone;
        let time = match block.date {
            Some(first) => wording.days(first, block.until.unwrap_or(first), zone),
            None => wording.time(block.start, block.end, zone),
        };
        Self { block: block.clone(), version, time }
    }
}

/// The block after which a page begins.
pub(crate) fn after(page: &PageRequest) -> Result<Option<BlockId>, QueryError> {
    match page.cursor()? {
        None => Ok(None),
        Some(Cursor::Block(block_id)) => Ok(Some(block_id)),
        Some(_) => Err(QueryError::BadCursor),
    }
}

/// A page of an owner's blocks, by id.
pub(crate) fn page_of<'a>(
    blocks: impl Iterator<Item = &'a Block>,
    version: u64,
    page: &PageRequest,
    wording: &Wording,
) -> Result<Page<BlockRow>, QueryError> {
    let after = after(page)?;
    let mut later: Vec<&Block> =
        blocks.filter(|block| after.is_none_or(|after| after < block.block_id)).collect();
    later.sort_by_key(|block| block.block_id);
    later.truncate(page.limit.get() + 1);
    let rows = later.into_iter().map(|block| BlockRow::new(block, version, wording)).collect();
    Ok(Page::cut(rows, page.limit, |row: &BlockRow| Cursor::Block(row.block.block_id)))
}
