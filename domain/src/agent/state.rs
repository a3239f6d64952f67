use std::collections::BTreeMap;

use availability::AgentCalendar;
use chrono_tz::Tz;
use schemas::value::AgentProfile;
use schemas::{AgentId, AppointmentId};
use serde::{Deserialize, Serialize};

use super::appointment::Finished;
use super::{AgentRejection, Answer, Appointment};
use crate::{Receipts, StreamTime};

/// The state of an agent, folded from its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    pub(super) registration: Option<Registration>,
    pub(super) calendar: AgentCalendar,
    pub(super) appointments: BTreeMap<AppointmentId, Appointment>,
    pub(super) finished: BTreeMap<AppointmentId, Finished>,
    pub(super) time: StreamTime,
    pub(super) receipts: Receipts<Answer>,
    pub(super) revision: Option<u64>,
    /// How often profile, hours or blocks have changed; 0 before the first event.
    pub(super) version: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Registration {
    pub(super) agent_id: AgentId,
    pub(super) profile: AgentProfile,
    pub(super) active: bool,
}

impl Default for Agent {
    /// An agent before its first event. Registration sets the zone.
    fn default() -> Self {
        Self {
            registration: None,
            calendar: AgentCalendar::new(Tz::UTC, true),
            appointments: BTreeMap::new(),
            finished: BTreeMap::new(),
            time: StreamTime::default(),
            receipts: Receipts::default(),
            revision: None,
            version: 0,
        }
    }
}

impl Agent {
    /// The calendar that decisions use.
    pub const fn calendar(&self) -> &AgentCalendar {
        &self.calendar
    }

    /// An appointment that is not over.
    pub fn appointment(&self, appointment_id: AppointmentId) -> Option<&Appointment> {
        self.appointments.get(&appointment_id)
    }

    /// Whether the agent takes new appointments.
    pub fn is_active(&self) -> bool {
        self.registration.as_ref().is_some_and(|registration| registration.active)
    }

    pub(super) fn registered(&self) -> Result<&Registration, AgentRejection> {
        self.registration.as_ref().ok_or(AgentRejection::UnknownAgent)
    }

    pub(super) fn active(&self) -> Result<&Registration, AgentRejection> {
        self.registered().and_then(|registration| {
            if registration.active { Ok(registration) } else { Err(AgentRejection::AgentInactive) }
        })
    }

    pub(super) fn agent_id(&self) -> AgentId {
        self.registration
            .as_ref()
            .map(|registration| registration.agent_id.clone())
            .expect("an agent's first event registers it")
    }
}
