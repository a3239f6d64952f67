//! The events of reservations: a decision on one stream that takes time on another; and of a hand-over, which is one.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{AppointmentReceipt, AppointmentSnapshot, ForcedRule, RequestedBy, stored};
use crate::{
    AgentId, AppointmentId, AppointmentTypeCode, HoldId, LeadId, Personal, PropertyId, ReservationId,
};

/// Time was reserved in a calendar for an appointment that another agent may hand over. It takes the time until it is
/// released, or the appointment received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeReserved {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// The stream on which it is decided whether the time is used.
    pub deciding_stream: String,
    /// From then on, whoever wants the time may have it decided.
    #[serde(deserialize_with = "stored::micros")]
    pub expires_at: DateTime<Utc>,
    /// The appointment it is for.
    pub appointment_id: AppointmentId,
    /// The lead it is with.
    pub lead_id: LeadId,
    /// Its type.
    pub appointment_type: AppointmentTypeCode,
    /// The property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// When it starts.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// Free time it needs before it, in minutes.
    pub buffer_before_minutes: u16,
    /// Free time it needs after it, in minutes.
    pub buffer_after_minutes: u16,
    /// How many appointments its slot had room for when it was reserved.
    pub max_appointments_per_slot: u16,
    /// The rules that were passed over on purpose; empty if none was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced: Vec<ForcedRule>,
    /// The agent's own room for video calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_room_url: Option<String>,
}

/// Reserved time was given up: what it was for was refused, or will never be decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReservationReleased {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// The appointment it was for.
    pub appointment_id: AppointmentId,
}

/// A decision was ruled out, on the stream where it would have been made: the reservation that it needs is given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReservationFenced {
    /// The reservation.
    pub reservation_id: ReservationId,
    /// The stream it is on.
    pub reserved_on: String,
}

/// An appointment was handed over to another agent, who has reserved the time: from now on it is that agent's. With the
/// agent, its time and length may have changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentHandedOver {
    /// The reservation in the new agent's calendar.
    pub reservation_id: ReservationId,
    /// The agent who has it now.
    pub to_agent_id: AgentId,
    /// The appointment as it is now.
    pub appointment: AppointmentSnapshot,
    /// Its previous start; the present one if its time has not changed.
    #[serde(deserialize_with = "stored::micros")]
    pub previous_start: DateTime<Utc>,
    /// Its previous end.
    #[serde(deserialize_with = "stored::micros")]
    pub previous_end: DateTime<Utc>,
    /// The rules that were passed over on purpose; empty if none was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced: Vec<ForcedRule>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Personal<String>>,
    /// On whose wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<RequestedBy>,
    /// The commands on it that are still remembered, with their first answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<AppointmentReceipt>,
}

/// A handed-over appointment was entered in its new agent's calendar, in place of the reservation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppointmentReceived {
    /// The reservation that it replaces.
    pub reservation_id: ReservationId,
    /// The agent who handed it over.
    pub from_agent_id: AgentId,
    /// The appointment as it was handed over.
    pub appointment: AppointmentSnapshot,
    /// The lead's hold on its slot, which it uses up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<HoldId>,
    /// The commands on it that are still remembered, with their first answers: the hand-over itself is one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<AppointmentReceipt>,
}
