//! Why an agent got a booking that named none.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stored;

/// Why this agent got a booking that named none, as far as was known when it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedBy {
    /// What set the agent before the next one.
    pub reason: AssignedBecause,
    /// How many agents could take it, this one included.
    pub candidates: u32,
    /// How many appointments the agent had on that date.
    pub load: u32,
    /// The way from the visit before it and to the one after it, on that date, in minutes; none without such a visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travel_minutes: Option<u16>,
    /// When the agent last got a booking; none = never.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub last_booking_at: Option<DateTime<Utc>>,
}

/// What set an agent before the next one who could take a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignedBecause {
    /// Nobody else could take it.
    OnlyCandidate,
    /// The agent holds the slot for the lead.
    HoldsSlot,
    /// The agent has fewer appointments on that date.
    LeastLoaded,
    /// The agent has a shorter way.
    Nearest,
    /// The agent's last booking is longer ago.
    LongestSince,
    /// Nothing but the order of their ids.
    FirstById,
}
