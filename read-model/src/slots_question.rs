use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};

use crate::PageRequest;

/// What someone would like to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotsQuestion {
    /// Of which type.
    pub appointment_type: AppointmentTypeCode,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// The first instant that is too late a start.
    pub to: DateTime<Utc>,
    /// With whom; empty = any active agent.
    pub agent_ids: Vec<AgentId>,
    /// The property it would be about, whose open houses are then offered too.
    pub property_id: Option<PropertyId>,
    /// For whom; this lead's own holds then do not stand in the way.
    pub lead_id: Option<LeadId>,
    /// The zone of the wall clock in the answer; none = the office's.
    pub zone: Option<Tz>,
    /// What the answer shall give reasons for.
    pub explain: Option<Explain>,
    /// Which page.
    pub page: PageRequest,
}

/// What reasons are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// Of one start: everything that speaks against it.
    Start(DateTime<Utc>),
    /// Of the whole range: how many starts each rule takes away.
    Range,
}
