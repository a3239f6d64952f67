//! The events of an agent.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AppointmentHandedOver, AppointmentReceived, CommandHadNoEffect, ReservationFenced, ReservationReleased,
    TimeReserved,
};
use crate::value::stored::{self, StoredLeadContact};
use crate::value::{
    AgentProfile, AppointmentStatus, AvailabilityRule, Block, DateException, LeadContact, RequestedBy,
};
use crate::{
    Actor, AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, Origin, Personal,
    PropertyId, RuleId,
};

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
        TimeUnblocked = 1,
        SlotHeld = 1,
        HoldReleased = 1,
        AppointmentBooked = 1,
        AppointmentConfirmed = 1,
        AppointmentRescheduled = 1,
        AppointmentHandedOver = 1,
        AppointmentReceived = 1,
        AppointmentCancelled = 1,
        AppointmentCompleted = 1,
        AppointmentNoShow = 1,
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

/// A block was removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeUnblocked {
    /// The block.
    pub block_id: BlockId,
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

/// An appointment was booked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentBooked {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// The agent whose calendar it is in.
    pub agent_id: AgentId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// Its status: scheduled, or confirmed if the lead has just said yes.
    pub status: AppointmentStatus,
    /// When it starts.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// `end` − `start`.
    pub duration_minutes: u16,
    /// `start` on the wall clock that was agreed on.
    #[serde(deserialize_with = "stored::micros")]
    pub local_start: NaiveDateTime,
    /// The zone of `local_start`.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Free time the type requires before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time the type requires after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot had room for when it was booked.
    pub max_appointments_per_slot: u16,
    /// How often it has been moved: 0.
    pub sequence: u32,
    /// Address or link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Personal<String>>,
    /// The property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// For the agent to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Personal<String>>,
    /// How to reach the lead.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::lead_contact")]
    #[schemars(with = "Option<Personal<StoredLeadContact>>")]
    pub lead_contact: Option<Personal<LeadContact>>,
    /// The channel it came through.
    pub origin: Origin,
    /// The hold that it used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<HoldId>,
}

/// The lead confirmed an appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentConfirmed {
    /// The appointment.
    pub appointment_id: AppointmentId,
}

/// An appointment was moved to another time, or to another length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentRescheduled {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its status: scheduled, as it has to be confirmed again; or still confirmed, if it was to be kept so.
    pub status: AppointmentStatus,
    /// Its new start.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// Its new end.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// `end` − `start`.
    pub duration_minutes: u16,
    /// `start` on the wall clock that was agreed on.
    #[serde(deserialize_with = "stored::micros")]
    pub local_start: NaiveDateTime,
    /// The zone of `local_start`.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Free time the type requires before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time the type requires after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments the new slot had room for.
    pub max_appointments_per_slot: u16,
    /// How often it has been moved, this time included.
    pub sequence: u32,
    /// Its previous start.
    #[serde(deserialize_with = "stored::micros")]
    pub previous_start: DateTime<Utc>,
    /// Its previous end.
    #[serde(deserialize_with = "stored::micros")]
    pub previous_end: DateTime<Utc>,
    /// The hold that it used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<HoldId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// On whose wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<RequestedBy>,
}

/// An appointment was cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentCancelled {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The sender of the cancellation.
    pub cancelled_by: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// On whose wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<RequestedBy>,
}

/// An appointment took place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentCompleted {
    /// The appointment.
    pub appointment_id: AppointmentId,
}

/// The lead did not come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentNoShow {
    /// The appointment.
    pub appointment_id: AppointmentId,
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
