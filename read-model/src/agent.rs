use std::collections::BTreeMap;

use availability::AgentCalendar;
use calendar_fold::changes_agent;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::value::{AgentProfile, AvailabilityRule, DateException};
use schemas::{AgentEvent, AgentId, BusyId, Metadata};
use serde::Serialize;

/// An agent in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AgentRow {
    /// The CRM's id.
    pub agent_id: AgentId,
    /// Name, time zone, contact details and whether office hours apply.
    #[serde(flatten)]
    pub profile: AgentProfile,
    /// Whether the agent takes new appointments.
    pub active: bool,
    /// When the agent was first registered.
    pub registered_at: DateTime<Utc>,
    /// When profile, hours, exceptions or blocks last changed.
    pub updated_at: DateTime<Utc>,
    /// How often they have changed, counted from 1.
    pub version: u64,
}

impl AgentRow {
    pub(crate) fn registered(agent_id: AgentId, profile: AgentProfile, metadata: &Metadata) -> Self {
        let at = metadata.recorded_at;
        Self { agent_id, profile, active: true, registered_at: at, updated_at: at, version: 0 }
    }

    /// Applies one event of the agent's stream.
    pub(crate) fn evolve(&mut self, event: &AgentEvent, metadata: &Metadata) {
        match event {
            AgentEvent::AgentRegistered(event) => {
                self.profile = event.profile.clone();
                self.active = true;
            }
            AgentEvent::AgentProfileUpdated(event) => self.profile = event.profile.clone(),
            AgentEvent::AgentDeactivated(_) => self.active = false,
            _ => {}
        }
        if changes_agent(event) {
            self.version += 1;
            self.updated_at = metadata.recorded_at;
        }
    }
}

/// An agent with the agent's own hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AgentDetail {
    /// The agent as in a list.
    #[serde(flatten)]
    pub agent: AgentRow,
    /// Weekly hours, and hours of single dates.
    pub rules: Vec<AvailabilityRule>,
    /// Dates with other hours, earliest first.
    pub exceptions: Vec<DateException>,
}

/// An agent as the read model keeps it.
#[derive(Debug, Clone)]
pub(crate) struct AgentView {
    pub(crate) row: AgentRow,
    pub(crate) calendar: AgentCalendar,
    /// Which external calendar each busy time is from.
    pub(crate) busy_sources: BTreeMap<BusyId, String>,
}

impl AgentView {
    pub(crate) fn detail(&self) -> AgentDetail {
        AgentDetail {
            agent: self.row.clone(),
            rules: self.calendar.rules().cloned().collect(),
            exceptions: self.calendar.exceptions().cloned().collect(),
        }
    }
}
