//! The events of an agent.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AppointmentBooked, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed,
    AppointmentDetailsChanged, AppointmentHandedOver, AppointmentNoShow, AppointmentReceived,
    AppointmentReinstated, AppointmentReleased, AppointmentRescheduled, CommandHadNoEffect, OutcomeCorrected,
    ReservationFenced, ReservationReleased, TimeReserved,
};
use crate::value::stored;
use crate::value::{AgentProfile, AvailabilityRule, Block, DateException};
use crate::{AgentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, PropertyId, RuleId};

super::event_enum! {
    /// The events of an agent and the agent's calendar.
    AgentEvent {
        AgentRegistered = 1,
        AgentProfileUpdated = 1,
        AgentDeactivated = 1,
        AvailabilityRuleAdded = 1,
        AvailabilityRuleRemoved = 1,
        WeeklyHoursReplaced = 1,
        DateExceptionSet = 1,
        DateExceptionRemoved = 1,
        TimeBlocked = 1,
        BlockChanged = 1,
        TimeUnblocked = 1,
        SlotHeld = 1,
        HoldReleased = 1,
        AppointmentBooked = 1,
        AppointmentConfirmed = 1,
        AppointmentRescheduled = 1,
        AppointmentHandedOver = 1,
        AppointmentReceived = 1,
        AppointmentDetailsChanged = 1,
        AppointmentCancelled = 1,
        AppointmentReleased = 1,
        AppointmentReinstated = 1,
        AppointmentCompleted = 1,
        AppointmentNoShow = 1,
        OutcomeCorrected = 1,
        ExternalBusyRecorded = 1,
        ExternalBusyRemoved = 1,
        TimeReserved = 1,
        ReservationReleased = 1,
        ReservationFenced = 1,
        CommandHadNoEffect = 1,
    }
}

/// An agent was registered, or registered again, and takes appointments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentRegistered {
    /// The agent.
    pub agent_id: AgentId,
    /// The profile.
    #[serde(flatten)]
    pub profile: AgentProfile,
}

/// An agent's profile changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentProfileUpdated {
    /// The agent.
    pub agent_id: AgentId,
    /// The complete new profile.
    #[serde(flatten)]
    pub profile: AgentProfile,
}

/// An agent was deactivated, and takes no new appointments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentDeactivated {
    /// The agent.
    pub agent_id: AgentId,
}

/// Hours were added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AvailabilityRuleAdded {
    /// The rule.
    #[serde(flatten)]
    pub rule: AvailabilityRule,
}

/// Hours were removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AvailabilityRuleRemoved {
    /// The rule.
    pub rule_id: RuleId,
}

/// All weekly hours were replaced, in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeeklyHoursReplaced {
    /// The rules that apply from now on, and no others.
    pub rules: Vec<AvailabilityRule>,
}

/// One date got hours of its own, in place of the weekly ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DateExceptionSet {
    /// The date and its hours.
    #[serde(flatten)]
    pub exception: DateException,
}

/// A date's own hours were removed; its weekly hours apply again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DateExceptionRemoved {
    /// The date.
    pub date: NaiveDate,
}

/// Time was blocked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeBlocked {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block of an agent or of the office changed, or one of its occurrences was moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockChanged {
    /// The complete changed block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block was removed, or one of its occurrences left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeUnblocked {
    /// The block.
    pub block_id: BlockId,
    /// The date of the occurrence that is left out from now on; none if the whole block was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}

/// A slot was held for a lead until `expires_at`; no event marks the expiry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotHeld {
    /// The hold.
    pub hold_id: HoldId,
    /// The lead it is for.
    pub lead_id: LeadId,
    /// The type of the future appointment.
    pub appointment_type: AppointmentTypeCode,
    /// The property of the future appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// When it starts.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// Free time the type requires before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time the type requires after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot had room for when it was held.
    pub max_appointments_per_slot: u16,
    /// The hold counts while `now` is before this.
    #[serde(deserialize_with = "stored::micros")]
    pub expires_at: DateTime<Utc>,
    /// The lead's earlier holds on the same slot, which it replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<HoldId>,
}

/// A hold was released.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldReleased {
    /// The hold.
    pub hold_id: HoldId,
}

/// An external calendar shows the agent busy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalBusyRecorded {
    /// Its id in the external calendar; recording it again replaces it.
    pub busy_id: BusyId,
    /// The external calendar.
    pub source: String,
    /// When it starts.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
}

/// An external calendar no longer shows that busy time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalBusyRemoved {
    /// The busy time.
    pub busy_id: BusyId,
}
