//! Appointments that have to be confirmed in time: until when, and their release if they are not.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::event::{AgentEvent, AppointmentReleased};
use schemas::value::AppointmentStatus;
use schemas::{AppointmentId, AppointmentTypeCode};

use super::{Agent, AgentRejection};
use crate::Office;

/// By when an appointment of this type, agreed on now, has to be confirmed. None if it is confirmed already, if the type
/// releases nothing, or if that moment is past: who books at shorter notice means it, and has no time to confirm it again.
pub(super) fn confirm_by(
    office: &Office,
    code: &AppointmentTypeCode,
    status: AppointmentStatus,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if status != AppointmentStatus::Scheduled {
        return None;
    }
    let minutes = office.calendar().appointment_type(code)?.confirm_before_minutes?;
    start.checked_sub_signed(TimeDelta::minutes(minutes.into())).filter(|confirm_by| now < *confirm_by)
}

impl Agent {
    /// Does nothing to an appointment that is confirmed, moved, cancelled or not due: whoever sends this may know it as it
    /// was. One that has started is not released either: the lead may have come.
    pub(super) fn decide_release_unconfirmed(
        &self,
        appointment_id: AppointmentId,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let finished = self.finished_here(appointment_id);
        if finished.is_some_and(|finished| finished.answer.status == AppointmentStatus::Cancelled) {
            return Ok(Vec::new());
        }
        let appointment = self.changeable(appointment_id, "released", now)?;
        Ok(match appointment.confirm_by {
            Some(confirm_by) if confirm_by <= now && now < appointment.start => {
                vec![AppointmentReleased { appointment_id, confirm_by }.into()]
            }
            _ => Vec::new(),
        })
    }
}
