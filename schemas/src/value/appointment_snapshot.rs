//! An appointment as a whole, with the commands on it: what goes from one agent's stream to another's.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stored::{self, StoredLeadContact};
use super::{AppointmentStatus, CancellationCause, LeadContact, LocationSource, NoShowBy, Outcome};
use crate::{AgentId, AppointmentId, AppointmentTypeCode, CommandId, LeadId, Origin, Personal, PropertyId};

/// Everything that an appointment is at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentSnapshot {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// Its status.
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
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot has room for.
    pub max_appointments_per_slot: u16,
    /// How often it has been moved.
    pub sequence: u32,
    /// How often it has changed, counted from 1.
    pub version: u64,
    /// The property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// Address or link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Personal<String>>,
    /// What the location was made from, if nobody gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_source: Option<LocationSource>,
    /// For the agent to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Personal<String>>,
    /// How to reach the lead.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::lead_contact")]
    #[schemars(with = "Option<Personal<StoredLeadContact>>")]
    pub lead_contact: Option<Personal<LeadContact>>,
    /// The channel it came through.
    pub origin: Origin,
    /// When it was first booked.
    #[serde(deserialize_with = "stored::micros")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed, before the event that states it.
    #[serde(deserialize_with = "stored::micros")]
    pub updated_at: DateTime<Utc>,
    /// It is released unless it is confirmed by then; none = it need not be confirmed, or is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub confirm_by: Option<DateTime<Utc>>,
}

/// A command on an appointment that was carried out, with its first answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentReceipt {
    /// The command.
    pub command_id: CommandId,
    /// The digest of its content.
    pub command_digest: String,
    /// The appointment's version as it was then.
    pub version: u64,
    /// The position of its event; none = that of the hand-over, with which it was appended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// When it was decided.
    #[serde(deserialize_with = "stored::micros")]
    pub recorded_at: DateTime<Utc>,
    /// The agent whose calendar the appointment was in.
    pub agent_id: AgentId,
    /// Its status then.
    pub status: AppointmentStatus,
    /// When it started then.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ended then.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// How often it had been moved.
    pub sequence: u32,
    /// What else it was then.
    #[serde(flatten)]
    pub terms: AppointmentTerms,
}

/// What else of an appointment can change, as it was at one moment; nothing of it is personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentTerms {
    /// What became of it; none as long as that has not been recorded.
    pub outcome: Option<Outcome>,
    /// Who did not come, if it is a no-show.
    pub no_show_by: Option<NoShowBy>,
    /// Its length.
    pub duration_minutes: u16,
    /// Its start on the wall clock that was agreed on.
    #[serde(deserialize_with = "stored::micros")]
    pub local_start: NaiveDateTime,
    /// The zone of `local_start`.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// The property it is about.
    pub property_id: Option<PropertyId>,
    /// When it was last changed.
    #[serde(deserialize_with = "stored::micros")]
    pub updated_at: DateTime<Utc>,
    /// It is released unless it is confirmed by then; none = it need not be confirmed, or not any more.
    #[serde(default, deserialize_with = "stored::maybe_micros")]
    pub confirm_by: Option<DateTime<Utc>>,
    /// What has cancelled it, where nobody asked for it.
    pub cancellation_cause: Option<CancellationCause>,
}

impl AppointmentTerms {
    /// Of one that is not over, as of its last change.
    pub fn of(appointment: &AppointmentSnapshot, updated_at: DateTime<Utc>) -> Self {
        Self {
            outcome: None,
            no_show_by: None,
            duration_minutes: appointment.duration_minutes,
            local_start: appointment.local_start,
            time_zone: appointment.time_zone,
            property_id: appointment.property_id.clone(),
            updated_at,
            confirm_by: appointment.confirm_by,
            cancellation_cause: None,
        }
    }
}
