//! A live hold as queries return it.

use availability::{Hold, TimeText, Wording};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode, HoldId, LeadId, PropertyId};
use serde::Serialize;

/// A live hold. One that has expired, was released or was used is not found: it keeps nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HoldRow {
    /// Its id.
    pub hold_id: HoldId,
    /// The agent whose time it keeps.
    pub agent_id: AgentId,
    /// The lead it is for.
    pub lead_id: LeadId,
    /// The type of the future appointment.
    pub appointment_type: AppointmentTypeCode,
    /// The property of the future appointment.
    pub property_id: Option<PropertyId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The agent's zone.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// The first instant at which it no longer counts.
    pub expires_at: DateTime<Utc>,
    /// Its time in the agent's zone, in which a booking of it is agreed on.
    #[serde(flatten)]
    pub time: TimeText,
    /// Its version: a hold changes only by ending.
    pub version: u64,
}

impl HoldRow {
    pub(crate) fn new(agent_id: AgentId, zone: Tz, wording: &Wording, hold: &Hold) -> Self {
        Self {
            hold_id: hold.hold_id,
            agent_id,
            lead_id: hold.lead_id.clone(),
            appointment_type: hold.appointment_type.clone(),
            property_id: hold.property_id.clone(),
            start: hold.start,
            end: hold.end,
            time_zone: zone,
            expires_at: hold.expires_at,
            time: wording.time(hold.start, hold.end, zone),
            version: 1,
        }
    }
}
