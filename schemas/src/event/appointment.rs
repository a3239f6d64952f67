//! The events of an appointment in its agent's calendar; those of a hand-over are in `reservation`.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::stored::{self, StoredLeadContact};
use crate::value::{
    AppointmentDetail, AppointmentSnapshot, AppointmentStatus, ForcedRule, KeptTime, LeadContact,
    LocationSource, NoShowBy, Outcome, RequestedBy,
};
use crate::{
    Actor, AgentId, AppointmentId, AppointmentTypeCode, HoldId, LeadId, Origin, Personal, PropertyId,
};

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
    /// What the location was made from, if the booking named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_source: Option<LocationSource>,
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
    /// The rules that were passed over on purpose; empty if none was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced: Vec<ForcedRule>,
    /// It is released unless it is confirmed by then; none = it need not be confirmed, or is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub confirm_by: Option<DateTime<Utc>>,
}

/// The lead confirmed an appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentConfirmed {
    /// The appointment.
    pub appointment_id: AppointmentId,
}

/// An appointment was moved to another time, or to another length; or its time was agreed on anew.
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
    /// The rules that were passed over on purpose; empty if none was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced: Vec<ForcedRule>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// On whose wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<RequestedBy>,
    /// What it kept of its time, as its zone has other rules than when that was agreed on; then it may be at the same
    /// instant as before, and only `local_start` another. None = it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<KeptTime>,
    /// It is released unless it is confirmed by then; none = it need not be confirmed, or is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub confirm_by: Option<DateTime<Utc>>,
}

/// What is noted about an appointment changed, or the property it is about. Its time, type, lead and agent did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentDetailsChanged {
    /// The appointment as it is now.
    pub appointment: AppointmentSnapshot,
    /// What changed.
    pub changed: Vec<AppointmentDetail>,
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

/// An appointment was cancelled by Citas itself, as the lead had not confirmed it in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentReleased {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// By when it was to be confirmed.
    #[serde(deserialize_with = "stored::micros")]
    pub confirm_by: DateTime<Utc>,
}

/// A cancellation was taken back: the appointment is what it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentReinstated {
    /// The appointment as it is now.
    pub appointment: AppointmentSnapshot,
    /// The lead's hold on its slot, which it uses up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<HoldId>,
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

/// Somebody did not come, and the appointment did not take place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentNoShow {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Who did not come.
    #[serde(default)]
    pub by: NoShowBy,
}

/// The outcome that had been recorded was wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeCorrected {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The outcome.
    pub outcome: Outcome,
    /// Who did not come, if it is a no-show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<NoShowBy>,
}
