use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::LocalTime;

/// A wall-clock interval that begins on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalInterval {
    /// When it starts.
    pub start_time: LocalTime,
    /// When it ends; if before `start_time`, on the next date.
    pub end_time: LocalTime,
}
