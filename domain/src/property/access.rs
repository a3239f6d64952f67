//! Who is told how to get in, and when.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::event::{AccessInstructionsRead, PropertyEvent};
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentId, PropertyId};

use super::{Property, PropertyRejection};

/// How long before its start the agent of a visit is told how to get in.
const TOLD_BEFORE: TimeDelta = TimeDelta::hours(2);

/// A visit, as the agent's stream has it.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitToEnter {
    /// The appointment.
    pub appointment_id: AppointmentId,
    /// Its agent.
    pub agent_id: AgentId,
    /// Its property.
    pub property_id: Option<PropertyId>,
    /// Its status.
    pub status: AppointmentStatus,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
}

impl Property {
    /// Every look is an event, so that it is known afterwards who could get in.
    pub(super) fn decide_read_access_instructions(
        &self,
        visit: &VisitToEnter,
        now: DateTime<Utc>,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let registration = self.registered()?;
        if registration.profile.access_instructions.is_none() {
            return Err(PropertyRejection::NoAccessInstructions);
        }
        if visit.property_id.as_ref() != Some(&registration.property_id)
            || visit.status != AppointmentStatus::Confirmed
        {
            return Err(PropertyRejection::NotItsVisit);
        }
        let (from, until) = (visit.start - TOLD_BEFORE, visit.end);
        if now < from || until <= now {
            return Err(PropertyRejection::NotNow { from, until });
        }
        let property_id = registration.property_id.clone();
        let (appointment_id, agent_id) = (visit.appointment_id, visit.agent_id.clone());
        Ok(vec![AccessInstructionsRead { property_id, appointment_id, agent_id }.into()])
    }
}
