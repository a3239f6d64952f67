//! Taking back a cancellation: the appointment is live again at its time, as if booked anew, but as it was agreed on.

use availability::check_agreed;
use calendar_fold::booking;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::AppointmentId;
use schemas::event::{AgentEvent, AppointmentReinstated};
use schemas::value::{AppointmentSnapshot, AppointmentStatus, CancellationCause, RequestedBy};

use super::alternatives::Alternatives;
use super::appointment::{Finished, personal};
use super::moving::request_of_move;
use super::{Agent, AgentRejection, Instead};
use crate::Office;

/// For how long one can be reinstated that was released because nobody had confirmed it.
const RELEASED_FOR: TimeDelta = TimeDelta::minutes(30);

impl Agent {
    /// What was agreed speaks for it as in a hand-over: neither notice, horizon, grid nor daily limit are in its way, nor
    /// a type that has changed since. Hours, blocks and whatever has taken its time since are.
    pub(super) fn decide_reinstate(
        &self,
        id: AppointmentId,
        reason: Option<&String>,
        requested_by: Option<RequestedBy>,
        office: &Office,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        const WANTED: &str = "reinstated";
        self.registered()?;
        if self.appointments.contains_key(&id) {
            return Ok(Vec::new());
        }
        let finished = self.finished_here(id).ok_or(AgentRejection::AppointmentNotFound)?;
        if finished.answer.status != AppointmentStatus::Cancelled {
            let (status, instead) = (finished.answer.status, Instead::Nothing);
            return Err(AgentRejection::InvalidTransition { status, wanted: WANTED, instead });
        }
        self.active()?;
        let Some(before) = self.cancelled.find(id).filter(|before| now < before.start) else {
            let (start, time_zone) = (finished.answer.start, finished.answer.terms.time_zone);
            return Err(AgentRejection::Over { start, time_zone, wanted: WANTED });
        };
        let agreed = booking(before);
        let request = request_of_move(&agreed);
        if let Some(until) = finished.reinstatable_while().filter(|until| *until <= now) {
            return Err(AgentRejection::ReleasedForGood { until, time_zone: before.time_zone });
        }
        self.lead_conflict_at(&request, agreed.interval(), now).map_or(Ok(()), Err)?;
        let slot = check_agreed(&self.calendar, office.calendar(), &agreed, now).map_err(|reason| {
            // It comes back where it was, or not at all.
            self.slot_unavailable(reason, &request, office, now, Alternatives::NONE)
        })?;
        let hold = self.own_hold(&request, now);
        let appointment = AppointmentSnapshot {
            max_appointments_per_slot: slot.max_appointments_per_slot,
            version: finished.version + 1,
            // One that was to be confirmed by now would be released at once.
            confirm_by: before.confirm_by.filter(|confirm_by| now < *confirm_by),
            ..before.clone()
        };
        Ok(vec![
            AppointmentReinstated {
                reason: personal(&appointment.lead_id, reason),
                appointment,
                hold_id: hold.map(|hold| hold.hold_id),
                requested_by,
            }
            .into(),
        ])
    }

    /// Until when the cancellation of the appointment can be taken back; none if it was not cancelled, or too long ago.
    pub(super) fn reinstatable_until(&self, id: AppointmentId, finished: &Finished) -> Option<DateTime<Utc>> {
        let start = self.cancelled.find(id)?.start;
        Some(finished.reinstatable_while().map_or(start, |until| until.min(start)))
    }
}

impl Finished {
    /// Until when one can be reinstated that was released.
    fn reinstatable_while(&self) -> Option<DateTime<Utc>> {
        let is_released = self.answer.terms.cancellation_cause == Some(CancellationCause::Released);
        is_released.then(|| self.ended_at + RELEASED_FOR)
    }
}
