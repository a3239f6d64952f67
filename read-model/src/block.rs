//! Blocks with the version of what they belong to.

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
) -> Result<Page<BlockRow>, QueryError> {
    let after = after(page)?;
    let mut later: Vec<&Block> =
        blocks.filter(|block| after.is_none_or(|after| after < block.block_id)).collect();
    later.sort_by_key(|block| block.block_id);
    later.truncate(page.limit.get() + 1);
    let rows = later.into_iter().map(|block| BlockRow { block: block.clone(), version }).collect();
    Ok(Page::cut(rows, page.limit, |row: &BlockRow| Cursor::Block(row.block.block_id)))
}
