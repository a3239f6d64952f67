use std::collections::BTreeMap;

use availability::AgentCalendar;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemas::value::{AgentProfile, AppointmentSnapshot};
use schemas::{AgentId, AppointmentId};
use serde::{Deserialize, Serialize};

use super::appointment::Finished;
use super::cancelled::Cancelled;
use super::reserved_time::HandOver;
use super::{AgentRejection, Answer, Overlap, ReservedTime};
use crate::reservation::{Commitments, Reservations};
use crate::{Receipts, StreamTime};

/// The state of an agent, folded from its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    pub(super) registration: Option<Registration>,
    pub(super) calendar: AgentCalendar,
    pub(super) appointments: BTreeMap<AppointmentId, AppointmentSnapshot>,
    pub(super) finished: BTreeMap<AppointmentId, Finished>,
    pub(super) cancelled: Cancelled,
    /// Time that others have reserved for appointments which they may hand over.
    pub(super) reservations: Reservations<ReservedTime>,
    /// What was decided about time reserved with others.
    pub(super) commitments: Commitments<HandOver>,
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
            cancelled: Cancelled::default(),
            reservations: Reservations::default(),
            commitments: Commitments::default(),
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
    pub fn appointment(&self, appointment_id: AppointmentId) -> Option<&AppointmentSnapshot> {
        self.appointments.get(&appointment_id)
    }

    /// The appointments that are not over.
    pub fn appointments(&self) -> impl Iterator<Item = &AppointmentSnapshot> {
        self.appointments.values()
    }

    /// Whether the agent was ever registered.
    pub const fn is_registered(&self) -> bool {
        self.registration.is_some()
    }

    /// The appointments that are not over, and the time reserved for others', earliest first.
    pub(super) fn not_over(&self, now: DateTime<Utc>) -> Vec<Overlap> {
        let own = self.appointments.values().map(|own| Overlap {
            appointment_id: own.appointment_id,
            start: own.start,
            end: own.end,
            time_zone: own.time_zone,
        });
        let reserved = self.reservations.open().map(|(_, open)| &open.what.booking);
        let reserved = reserved.map(|booking| self.overlap(booking));
        let mut not_over: Vec<_> = own.chain(reserved).filter(|overlap| overlap.end > now).collect();
        not_over.sort_by_key(|overlap| overlap.start);
        not_over
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
        self.registration().agent_id.clone()
    }

    pub(super) const fn registration(&self) -> &Registration {
        self.registration.as_ref().expect("an agent's first event registers it")
    }
}
