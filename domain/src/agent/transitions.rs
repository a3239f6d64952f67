//! Status changes of an appointment.

use chrono::{DateTime, Utc};
use schemas::event::{AgentEvent, AppointmentCancelled, AppointmentConfirmed};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, RequestedBy};
use schemas::{Actor, AppointmentId};

use super::appointment::{Finished, personal};
use super::{Agent, AgentRejection, Instead};

impl Agent {
    pub(super) fn decide_confirm(
        &self,
        id: AppointmentId,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let appointment = self.changeable(id, "confirmed", now)?;
        Ok(match appointment.status {
            AppointmentStatus::Confirmed => Vec::new(),
            _ => vec![AppointmentConfirmed { appointment_id: id }.into()],
        })
    }

    pub(super) fn decide_cancel(
        &self,
        id: AppointmentId,
        reason: Option<&String>,
        requested_by: Option<RequestedBy>,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self
            .finished_here(id)
            .is_some_and(|finished| finished.answer.status == AppointmentStatus::Cancelled)
        {
            return Ok(Vec::new());
        }
        let lead_id = &self.changeable(id, "cancelled", now)?.lead_id;
        let reason = personal(lead_id, reason);
        let cancelled_by = actor.clone();
        Ok(vec![AppointmentCancelled { appointment_id: id, cancelled_by, reason, requested_by }.into()])
    }

    /// The appointment, if it can still change in this calendar; `wanted` names the change in a refusal.
    pub(super) fn changeable(
        &self,
        id: AppointmentId,
        wanted: &'static str,
        now: DateTime<Utc>,
    ) -> Result<&AppointmentSnapshot, AgentRejection> {
        self.registered()?;
        match (self.appointments.get(&id), self.finished_here(id)) {
            (Some(appointment), _) => Ok(appointment),
            (None, Some(finished)) => {
                let until = self.reinstatable_until(id, finished).filter(|until| now < *until);
                let instead = until.map_or(Instead::Nothing, |until| Instead::Reinstate { until });
                Err(AgentRejection::InvalidTransition { status: finished.answer.status, wanted, instead })
            }
            (None, None) => Err(AgentRejection::AppointmentNotFound),
        }
    }

    /// What is kept of the appointment, if it ended in this calendar.
    pub(super) fn finished_here(&self, id: AppointmentId) -> Option<&Finished> {
        self.finished.get(&id).filter(|finished| finished.handed_over_to.is_none())
    }
}
