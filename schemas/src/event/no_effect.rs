use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A command with an idempotency key changed nothing: what it asks for was so already. Its answer is remembered, so that a
/// repetition gets it again, whatever has changed since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommandHadNoEffect {
    /// The answer, without version and position.
    pub answer: Value,
    /// The version of what the command is about.
    pub version: u64,
}
