//! The metadata of an event: who caused it, by which command, when and through which channel.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::value::stored;
use crate::{CommandId, Origin, stored_json};

/// The metadata of an event: who caused it, by which command, when, and under which time zone rules.
///
/// The event's own id is the id under which the event store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// The command that caused this event; the same for every retry of that command.
    pub command_id: CommandId,
    /// A digest of the command's content, which reveals a reuse of its id for other content.
    pub command_digest: String,
    /// The conversation or request that this belongs to. Named as the event store's own index expects it.
    #[serde(rename = "$correlationId")]
    pub correlation_id: Uuid,
    /// The event or command that directly caused this one.
    #[serde(rename = "$causationId")]
    pub causation_id: Uuid,
    /// The sender of the command.
    pub actor: Actor,
    /// The channel it came through.
    pub origin: Origin,
    /// When it was decided, by the clock of the process that decided it; never before the event before it in the stream.
    #[serde(deserialize_with = "stored::micros")]
    pub recorded_at: DateTime<Utc>,
    /// What clocks showed, where that is in doubt: where the clock that decided was behind `recorded_at`, or far ahead
    /// of what others showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockReading>,
    /// Whether the command may be sent again under its id, as it was given an idempotency key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_repeat: bool,
    /// How many events follow it in the same append.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub followed_by: u32,
    /// The version of the event's payload; see `schemas/json/`.
    pub schema_version: u16,
    /// The release of the IANA time zone database that wall times were read with, such as `2025b`.
    pub tzdb_version: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Metadata {
    /// Reads the stored metadata of an event; unknown members are ignored.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        stored_json::read(json)
    }

    /// What the clock showed when it was decided.
    pub fn clock_showed(&self) -> DateTime<Utc> {
        self.clock.as_ref().map_or(self.recorded_at, |clock| clock.shown)
    }

    /// The lowest of what clocks showed lately on the stream, as far as it matters: what was over by then is past,
    /// whichever of them is wrong.
    pub fn lowest_clock(&self) -> DateTime<Utc> {
        self.clock.as_ref().map_or(self.recorded_at, |clock| clock.lowest)
    }
}

/// What clocks showed when an event was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockReading {
    /// What the clock of the process that decided it showed.
    #[serde(deserialize_with = "stored::micros")]
    pub shown: DateTime<Utc>,
    /// The lowest that clocks have shown on this stream in the last days.
    #[serde(deserialize_with = "stored::micros")]
    pub lowest: DateTime<Utc>,
}

/// The sender of a command or a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// The sender's role.
    pub kind: ActorKind,
    /// The sender's id within that role; never a person's name.
    pub id: String,
}

/// The roles of senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// May do everything.
    Admin,
    /// Arranges every agent's calendar.
    Dispatcher,
    /// A real-estate agent, for their own calendar.
    Agent,
    /// The chat AI.
    Chat,
    /// Reads history.
    Auditor,
    /// A lead, for one appointment.
    Lead,
    /// Another system, by messages.
    Service,
    /// Citas itself, such as the first start of an office.
    System,
}
