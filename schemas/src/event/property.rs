//! The events of a property: where it is, when it can be visited, and who has its keys.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CommandHadNoEffect, ReservationReleased, ReservationRepointed, TimeReserved};
use crate::value::{AvailabilityRule, Block, DateException, PropertyProfile};
use crate::{AgentId, AppointmentId, BlockId, PropertyId};

super::event_enum! {
    /// The events of a property.
    PropertyEvent {
        PropertyRegistered = 1,
        PropertyUpdated = 1,
        PropertyWithdrawn = 1,
        PropertyRelisted = 1,
        PropertyVisitHoursReplaced = 1,
        PropertyDateExceptionSet = 1,
        PropertyDateExceptionRemoved = 1,
        PropertyBlocked = 1,
        PropertyBlockChanged = 1,
        PropertyUnblocked = 1,
        KeyPlaced = 1,
        KeyTaken = 1,
        KeyReturned = 1,
        AccessInstructionsRead = 1,
        TimeReserved = 1,
        ReservationRepointed = 1,
        ReservationReleased = 1,
        CommandHadNoEffect = 1,
    }
}

/// A property was registered, and is on the market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyRegistered {
    /// The property.
    pub property_id: PropertyId,
    /// Everything about it besides its time.
    #[serde(flatten)]
    pub profile: PropertyProfile,
}

/// Something about a property changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyUpdated {
    /// The property.
    pub property_id: PropertyId,
    /// Everything about it besides its time, as it is now.
    #[serde(flatten)]
    pub profile: PropertyProfile,
}

/// A property was taken off the market: it cannot be visited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyWithdrawn {
    /// The property.
    pub property_id: PropertyId,
}

/// A property is on the market again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyRelisted {
    /// The property.
    pub property_id: PropertyId,
}

/// All weekly visit hours of a property were replaced, in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyVisitHoursReplaced {
    /// The property.
    pub property_id: PropertyId,
    /// The rules that apply from now on, and no others; none = it can be visited at any time.
    pub rules: Vec<AvailabilityRule>,
}

/// One date of a property got visit hours of its own, in place of the weekly ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyDateExceptionSet {
    /// The property.
    pub property_id: PropertyId,
    /// The date and its hours.
    #[serde(flatten)]
    pub exception: DateException,
}

/// A date's own visit hours were removed; the weekly ones apply again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyDateExceptionRemoved {
    /// The property.
    pub property_id: PropertyId,
    /// The date.
    pub date: NaiveDate,
}

/// Time of a property was blocked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyBlocked {
    /// The property.
    pub property_id: PropertyId,
    /// The block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block of a property changed, or one of its occurrences was moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyBlockChanged {
    /// The property.
    pub property_id: PropertyId,
    /// The complete changed block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block of a property was removed, or one of its occurrences left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PropertyUnblocked {
    /// The property.
    pub property_id: PropertyId,
    /// The block.
    pub block_id: BlockId,
    /// The date of the occurrence that is left out from now on; none if the whole block was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}

/// The keys of a property are at a place, wherever they were before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyPlaced {
    /// The property.
    pub property_id: PropertyId,
    /// The place, such as `oficina` or `conserjería`.
    pub at: String,
}

/// An agent took the keys of a property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyTaken {
    /// The property.
    pub property_id: PropertyId,
    /// The agent.
    pub agent_id: AgentId,
}

/// Whoever had the keys of a property brought them back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyReturned {
    /// The property.
    pub property_id: PropertyId,
    /// The agent who had them.
    pub agent_id: AgentId,
    /// The place where they are now.
    pub at: String,
}

/// Somebody was told how to get into a property, for a visit. The event does not say what was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessInstructionsRead {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub appointment_id: AppointmentId,
    /// The agent of the visit.
    pub agent_id: AgentId,
}
