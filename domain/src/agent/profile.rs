//! Registration, profile and deactivation of an agent.

use chrono::{DateTime, Utc};
use schemas::AgentId;
use schemas::event::{AgentDeactivated, AgentEvent, AgentProfileUpdated, AgentRegistered};
use schemas::value::AgentProfile;

use super::{Agent, AgentRejection};

impl Agent {
    pub(super) fn decide_register(
        &self,
        agent_id: &AgentId,
        profile: &AgentProfile,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self.is_active() {
            return Err(AgentRejection::AgentExists);
        }
        Ok(vec![AgentRegistered { agent_id: agent_id.clone(), profile: profile.clone() }.into()])
    }

    pub(super) fn decide_update(
        &self,
        agent_id: &AgentId,
        profile: &AgentProfile,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        match &self.registration {
            Some(registration) if registration.active && registration.profile == *profile => Ok(Vec::new()),
            Some(registration) if registration.active => {
                Ok(vec![AgentProfileUpdated { agent_id: agent_id.clone(), profile: profile.clone() }.into()])
            }
            _ => self.decide_register(agent_id, profile),
        }
    }

    pub(super) fn decide_deactivate(
        &self,
        keep_appointments: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let registration = self.registered()?;
        if !registration.active {
            return Ok(Vec::new());
        }
        let upcoming = self.not_over(now);
        if !keep_appointments && !upcoming.is_empty() {
            return Err(AgentRejection::AgentHasUpcomingAppointments(upcoming));
        }
        Ok(vec![AgentDeactivated { agent_id: registration.agent_id.clone() }.into()])
    }
}
