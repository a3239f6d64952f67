//! What became of an appointment: it took place, or somebody did not come. Who recorded it wrongly can correct it.

use chrono::{DateTime, Utc};
use schemas::AppointmentId;
use schemas::event::{AgentEvent, AppointmentCompleted, AppointmentNoShow, OutcomeCorrected};
use schemas::value::{AppointmentStatus, NoShowBy, Outcome};

use super::appointment::Finished;
use super::{Agent, AgentRejection, Instead};

impl Agent {
    /// Records the outcome of an appointment that has started. `by` is who did not come, if somebody did not.
    pub(super) fn decide_outcome(
        &self,
        id: AppointmentId,
        outcome: Outcome,
        by: NoShowBy,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        let wanted = match outcome {
            Outcome::Completed => "completed",
            Outcome::NoShow => "a no-show",
        };
        match self.finished_here(id) {
            Some(finished) if finished.has_outcome(outcome, by) => return Ok(Vec::new()),
            Some(finished) if is_outcome(finished.answer.status) => {
                let status = finished.answer.status;
                let instead = Instead::CorrectOutcome;
                return Err(AgentRejection::InvalidTransition { status, wanted, instead });
            }
            _ => {}
        }
        let appointment = self.changeable(id, wanted, now)?;
        if now < appointment.start {
            return Err(AgentRejection::NotStarted {
                start: appointment.start,
                time_zone: appointment.time_zone,
                wanted,
            });
        }
        Ok(vec![match outcome {
            Outcome::Completed => AppointmentCompleted { appointment_id: id }.into(),
            Outcome::NoShow => AppointmentNoShow { appointment_id: id, by }.into(),
        }])
    }

    /// Records the outcome in place of the one that was recorded, or as the first one.
    pub(super) fn decide_correct_outcome(
        &self,
        id: AppointmentId,
        outcome: Outcome,
        by: NoShowBy,
        now: DateTime<Utc>,
    ) -> Result<Vec<AgentEvent>, AgentRejection> {
        match self.finished_here(id) {
            Some(finished) if is_outcome(finished.answer.status) && !finished.has_outcome(outcome, by) => {
                let by = matches!(outcome, Outcome::NoShow).then_some(by);
                Ok(vec![OutcomeCorrected { appointment_id: id, outcome, by }.into()])
            }
            _ => self.decide_outcome(id, outcome, by, now),
        }
    }
}

const fn is_outcome(status: AppointmentStatus) -> bool {
    matches!(status, AppointmentStatus::Completed | AppointmentStatus::NoShow)
}

impl Finished {
    fn has_outcome(&self, outcome: Outcome, by: NoShowBy) -> bool {
        self.answer.status == outcome.status() && self.answer.terms.no_show_by.is_none_or(|known| known == by)
    }
}
