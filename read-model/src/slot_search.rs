use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};

use crate::{PageRequest, StartFilter};

/// A search for free slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotSearch {
    /// The appointment type.
    pub appointment_type: AppointmentTypeCode,
    /// The earliest start.
    pub from: DateTime<Utc>,
    /// Starts lie before this instant.
    pub to: DateTime<Utc>,
    /// The agents; empty = any active agent.
    pub agent_ids: Vec<AgentId>,
    /// Which of these starts are wanted.
    pub starts: StartFilter,
    /// The property to visit, whose open houses are then offered too.
    pub property_id: Option<PropertyId>,
    /// The lead, whose own holds then do not take time.
    pub lead_id: Option<LeadId>,
    /// The time zone of dates and local times, in `starts` and in the answer; none = see [`StartFilter`], and without one the
    /// office's.
    pub zone: Option<Tz>,
    /// What to explain, if anything.
    pub explain: Option<Explain>,
    /// Which page.
    pub page: PageRequest,
}

/// What to explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// One start: every rule that speaks against it.
    Start(DateTime<Utc>),
    /// The whole range: how many starts each rule removes.
    Range,
}
