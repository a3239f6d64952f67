//! Registration, profile and deactivation of an agent.

use chrono::{DateTime, Utc};
use schemas::AgentId;
use schemas::event::{AgentDeactivated, AgentEvent, AgentProfileUpdated, AgentRegistered};
use schemas::value::AgentProfile;

use super::{Agent, AgentRejection, Contact, ProfileChange};
use crate::ZoneChange;
use crate::block::moved_with_zone;

/// How many appointments the answer of a change of zone lists.
const MAX_LISTED: usize = 200;

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

    pub(super) fn decide_change(&self, change: &ProfileChange) -> Result<Vec<AgentEvent>, AgentRejection> {
        let registration = self.active()?;
        let profile = change.applied_to(&registration.profile);
        if registration.profile == profile {
            return Ok(Vec::new());
        }
        Ok(vec![AgentProfileUpdated { agent_id: registration.agent_id.clone(), profile }.into()])
    }

    /// The members of the profile that this event gives back their default.
    pub(super) fn reset_by(&self, event: &AgentEvent) -> Vec<String> {
        let (AgentEvent::AgentRegistered(AgentRegistered { profile: after, .. })
        | AgentEvent::AgentProfileUpdated(AgentProfileUpdated { profile: after, .. })) = event
        else {
            return Vec::new();
        };
        let Some(before) = self.registration.as_ref().map(|registration| &registration.profile) else {
            return Vec::new();
        };
        let members = [
            ("email", before.email.is_some() && after.email.is_none()),
            ("phone", before.phone.is_some() && after.phone.is_none()),
            ("meeting_room_url", before.meeting_room_url.is_some() && after.meeting_room_url.is_none()),
            ("inherits_office_hours", !before.inherits_office_hours && after.inherits_office_hours),
            ("comunas", !before.comunas.is_empty() && after.comunas.is_empty()),
            ("regions", !before.regions.is_empty() && after.regions.is_empty()),
        ];
        members.into_iter().filter(|(_, is_reset)| *is_reset).map(|(member, _)| member.to_owned()).collect()
    }

    /// What this event touches by moving the agent to another zone.
    pub(super) fn zone_change_by(&self, event: &AgentEvent, now: DateTime<Utc>) -> Option<ZoneChange> {
        let (AgentEvent::AgentRegistered(AgentRegistered { profile: after, .. })
        | AgentEvent::AgentProfileUpdated(AgentProfileUpdated { profile: after, .. })) = event
        else {
            return None;
        };
        let from = self.registration.as_ref().map(|registration| registration.profile.time_zone)?;
        let to_come = || {
            let mut own: Vec<_> = self.appointments.values().filter(|own| own.end > now).collect();
            own.sort_by_key(|appointment| (appointment.start, appointment.appointment_id));
            own.iter().map(|appointment| appointment.appointment_id).take(MAX_LISTED).collect()
        };
        (from != after.time_zone).then(|| ZoneChange {
            from,
            to: after.time_zone,
            rule_ids: self.calendar.rules().map(|rule| rule.rule_id).collect(),
            exceptions: self.calendar.exceptions().map(|exception| exception.date).collect(),
            block_ids: moved_with_zone(self.calendar.blocks()),
            appointment_ids: to_come(),
        })
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

impl ProfileChange {
    fn applied_to(&self, profile: &AgentProfile) -> AgentProfile {
        let contact = |changed: &Option<Contact>, known: &Option<String>| match changed {
            Some(Contact(contact)) => contact.clone(),
            None => known.clone(),
        };
        AgentProfile {
            name: self.name.as_ref().unwrap_or(&profile.name).clone(),
            time_zone: self.time_zone.unwrap_or(profile.time_zone),
            email: contact(&self.email, &profile.email),
            phone: contact(&self.phone, &profile.phone),
            meeting_room_url: contact(&self.meeting_room_url, &profile.meeting_room_url),
            inherits_office_hours: self.inherits_office_hours.unwrap_or(profile.inherits_office_hours),
            comunas: self.comunas.as_ref().unwrap_or(&profile.comunas).clone(),
            regions: self.regions.as_ref().unwrap_or(&profile.regions).clone(),
        }
    }
}
