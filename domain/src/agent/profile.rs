//! Registration, profile and deactivation of an agent.

use chrono::{DateTime, Utc};
use schemas::AgentId;
use schemas::event::{AgentDeactivated, AgentEvent, AgentProfileUpdated, AgentRegistered};
use schemas::value::AgentProfile;

use super::{Agent, AgentRejection, Overlap};

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
        let upcoming = self.upcoming(now);
        if !keep_appointments && !upcoming.is_empty() {
            return Err(AgentRejection::AgentHasUpcomingAppointments(upcoming));
        }
        Ok(vec![AgentDeactivated { agent_id: registration.agent_id.clone() }.into()])
    }

    fn upcoming(&self, now: DateTime<Utc>) -> Vec<Overlap> {
        let mut upcoming: Vec<Overlap> = self
            .appointments
            .values()
            .filter(|appointment| appointment.end > now)
            .map(|appointment| Overlap {
                appointment_id: appointment.appointment_id,
                start: appointment.start,
                end: appointment.end,
            })
            .collect();
        upcoming.sort_by_key(|overlap| overlap.start);
        upcoming
    }
}
