use read_model::Limit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parameters::limit;

/// Which page of blocks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockPage {
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    pub(super) limit: Limit,
    /// The `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
}
