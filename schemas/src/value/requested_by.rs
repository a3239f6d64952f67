use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// On whose wish an appointment is moved or cancelled, whoever sends the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestedBy {
    /// The lead.
    Lead,
    /// The agent who has it.
    Agent,
    /// The office.
    Office,
}
