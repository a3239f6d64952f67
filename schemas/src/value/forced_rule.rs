use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule of slots that those who may can pass over. That two appointments overlap is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForcedRule {
    /// That it does not start in the past.
    Past,
    /// That it starts within the type's horizon.
    BeyondHorizon,
    /// That it starts after the type's notice.
    TooSoon,
    /// That it starts on the grid.
    OffGrid,
    /// That it is within the hours.
    OutsideHours,
    /// That no block lies in it.
    Blocked,
    /// That the agent has not reached the type's daily limit.
    DailyLimit,
}
