use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The channel that a command came through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A conversation with the chat AI.
    Chat,
    /// The web dashboard.
    Dashboard,
    /// A direct call of the HTTP API.
    #[default]
    Api,
    /// A message of another system, through Kafka.
    Kafka,
    /// An external calendar.
    CalendarSync,
    /// Citas itself.
    System,
}
