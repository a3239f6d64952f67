//! Status changes of an appointment.

use chrono::{DateTime, Utc};
use schemas::event::{
    AgentEvent, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed, AppointmentNoShow,
};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, RequestedBy};
use schemas::{Actor, AppointmentId};

use super::appointment::personal;
use super::{Agent, AgentRejection};

impl Agent {
    pub(super) fn decide_confirm(&self, id: AppointmentId) -> Result<Vec<AgentEvent>, AgentRejection> {
        let appointment = self.changeable(id, "confirmed")?;
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
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self.has_become(id, AppointmentStatus::Cancelled) {
            return Ok(Vec::new());
        }
        let lead_id = &self.changeable(id, "cancelled")?.lead_id;
        let reason = personal(lead_id, reason);
        let cancelled_by = actor.clone();
        Ok(vec![AppointmentCancelled { appointment_id: id, cancelled_by, reason, requested_by }.into()])
    }

    pub(super) fn decide_complete(
        &self,
        id: AppointmentId,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self.has_become(id, AppointmentStatus::Completed) {
            return Ok(Vec::new());
        }
        self.take_place(id, "completed", now)?;
        Ok(vec![AppointmentCompleted { appointment_id: id }.into()])
    }

    pub(super) fn decide_no_show(
        &self,
        id: AppointmentId,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        if self.has_become(id, AppointmentStatus::NoShow) {
            return Ok(Vec::new());
        }
        self.take_place(id, "a no-show", now)?;
        Ok(vec![AppointmentNoShow { appointment_id: id }.into()])
    }

    /// The appointment, if it can still change in this calendar; `wanted` names the change in a refusal.
    pub(super) fn changeable(
        &self,
        id: AppointmentId,
        wanted: &'static str,
    ) -> Result<&AppointmentSnapshot, AgentRejection> {
        self.registered()?;
        match (self.appointments.get(&id), self.finished.get(&id)) {
            (Some(appointment), _) => Ok(appointment),
            (None, Some(finished)) if finished.handed_over_to.is_none() => {
                Err(AgentRejection::InvalidTransition { status: finished.status, wanted })
            }
            (None, _) => Err(AgentRejection::AppointmentNotFound),
        }
    }

    /// Checks that the appointment is confirmed and has started: only then can it be completed or a no-show.
    fn take_place(
        &self,
        id: AppointmentId,
        wanted: &'static str,
        now: DateTime<Utc>,
    ) -> Result<(), AgentRejection> {
        let appointment = self.changeable(id, wanted)?;
        if appointment.status != AppointmentStatus::Confirmed {
            return Err(AgentRejection::InvalidTransition { status: appointment.status, wanted });
        }
        if now < appointment.start {
            return Err(AgentRejection::NotStarted { start: appointment.start, wanted });
        }
        Ok(())
    }

    fn has_become(&self, id: AppointmentId, status: AppointmentStatus) -> bool {
        self.finished
            .get(&id)
            .is_some_and(|finished| finished.handed_over_to.is_none() && finished.status == status)
    }
}
