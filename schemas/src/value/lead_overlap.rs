use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the office does about a lead that would have two appointments at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadOverlap {
    /// The second is refused.
    Refuse,
    /// It may have both, as if nothing is said.
    #[default]
    Allow,
}
