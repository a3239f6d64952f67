use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::stored::{self, StoredLeadContact};
use crate::value::{AgentProfile, AvailabilityRule, Block, DateException, LeadContact};
use crate::{
    Actor, AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, Origin, Personal,
    PropertyId, RuleId,
};

super::event_enum! {
    /// What can have happened to an agent and the agent's calendar.
    #[expect(clippy::large_enum_variant, reason = "the largest is the most frequent; a box would only add to it")]
    AgentEvent {
        AgentRegistered = 1,
        AgentProfileUpdated = 1,
        AgentDeactivated = 1,
        AvailabilityRuleAdded = 1,
        AvailabilityRuleRemoved = 1,
        DateExceptionSet = 1,
        DateExceptionRemoved = 1,
        TimeBlocked = 1,
        TimeUnblocked = 1,
        SlotHeld = 1,
        HoldReleased = 1,
        AppointmentBooked = 1,
        AppointmentConfirmed = 1,
        AppointmentRescheduled = 1,
        AppointmentReassigned = 1,
        AppointmentCancelled = 1,
        AppointmentCompleted = 1,
        AppointmentNoShow = 1,
        ExternalBusyRecorded = 1,
        ExternalBusyRemoved = 1,
    }
}

/// An agent began, or began again, to take appointments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentRegistered {
    /// Who.
    pub agent_id: AgentId,
    /// What is known of the agent.
    #[serde(flatten)]
    pub profile: AgentProfile,
}

/// What is known of an agent changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentProfileUpdated {
    /// Who.
    pub agent_id: AgentId,
    /// All of it, as it is from now on.
    #[serde(flatten)]
    pub profile: AgentProfile,
}

/// An agent takes no new appointments any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentDeactivated {
    /// Who.
    pub agent_id: AgentId,
}

/// Hours were added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AvailabilityRuleAdded {
    /// The rule.
    #[serde(flatten)]
    pub rule: AvailabilityRule,
}

/// Hours were taken away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AvailabilityRuleRemoved {
    /// Which rule.
    pub rule_id: RuleId,
}

/// One date got hours of its own, in place of the weekly ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DateExceptionSet {
    /// The date and its hours.
    #[serde(flatten)]
    pub exception: DateException,
}

/// One date has the weekly hours again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DateExceptionRemoved {
    /// Which date.
    pub date: NaiveDate,
}

/// Time was taken out of the calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeBlocked {
    /// The block.
    #[serde(flatten)]
    pub block: Block,
}

/// A block was lifted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeUnblocked {
    /// Which block.
    pub block_id: BlockId,
}

/// A slot was set aside for a lead until `expires_at`; no event marks that moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotHeld {
    /// The hold.
    pub hold_id: HoldId,
    /// For whom.
    pub lead_id: LeadId,
    /// For what.
    pub appointment_type: AppointmentTypeCode,
    /// Where, if at a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// From when.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// Until when.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// Free time the type asks for before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time the type asks for after it, in minutes.
    pub buffer_after_minutes: u16,
    /// The hold counts while `now` is before this.
    #[serde(deserialize_with = "stored::micros")]
    pub expires_at: DateTime<Utc>,
}

/// A hold was given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldReleased {
    /// Which hold.
    pub hold_id: HoldId,
}

/// An appointment was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentBooked {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// With whom.
    pub lead_id: LeadId,
    /// In whose calendar.
    pub agent_id: AgentId,
    /// Of which type.
    pub appointment_type: AppointmentTypeCode,
    /// From when.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// Until when.
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
    /// Free time the type asks for before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time the type asks for after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot had room for when it was booked.
    pub max_appointments_per_slot: u16,
    /// How often it has been moved.
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
    /// The agent it was taken over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reassigned_from: Option<AgentId>,
}

/// The lead has said yes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentConfirmed {
    /// Which appointment.
    pub appointment_id: AppointmentId,
}

/// An appointment was moved; it has to be confirmed again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentRescheduled {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// From when, now.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// Until when, now.
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
    /// Free time the type asks for before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time the type asks for after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments the new slot had room for.
    pub max_appointments_per_slot: u16,
    /// How often it has been moved, this time included.
    pub sequence: u32,
    /// From when it was before.
    #[serde(deserialize_with = "stored::micros")]
    pub previous_start: DateTime<Utc>,
    /// Until when it was before.
    #[serde(deserialize_with = "stored::micros")]
    pub previous_end: DateTime<Utc>,
    /// The hold that it used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<HoldId>,
}

/// An appointment has gone to another agent, on whose stream it was booked before this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentReassigned {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// Who has it now.
    pub to_agent_id: AgentId,
}

/// An appointment was called off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentCancelled {
    /// Which appointment.
    pub appointment_id: AppointmentId,
    /// By whom.
    pub cancelled_by: Actor,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
}

/// An appointment took place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentCompleted {
    /// Which appointment.
    pub appointment_id: AppointmentId,
}

/// The lead did not come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentNoShow {
    /// Which appointment.
    pub appointment_id: AppointmentId,
}

/// An external calendar shows the agent busy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalBusyRecorded {
    /// The calendar's name of it; recorded again, it replaces what was there.
    pub busy_id: BusyId,
    /// Which calendar says so.
    pub source: String,
    /// From when.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// Until when.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
}

/// An external calendar no longer shows that busy time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalBusyRemoved {
    /// Which one.
    pub busy_id: BusyId,
}
