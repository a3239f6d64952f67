use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::LocalTime;

/// A wall-clock interval within one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalInterval {
    /// When it starts.
    pub start_time: LocalTime,
    /// When it ends, later than `start_time`.
    pub end_time: LocalTime,
}
