//! Answers of commands with their times as people read them: the same members as in the next `GET`.

use availability::{Interval, Localized};
use chrono_tz::Tz;
use domain::{Answer, AppointmentAnswer, HoldAnswer};
use schemars::JsonSchema;
use schemas::AppointmentId;
use serde::{Deserialize, Serialize};
use serde_json::{Result, Value};

use crate::CommandApi;

/// An appointment as commands on it answer: with all that a query shows of it, but for what is personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct WholeAppointment {
    /// The appointment, as in `appointment_id`.
    id: AppointmentId,
    #[serde(flatten)]
    answer: AppointmentAnswer,
    /// Whether the lead has been reminded of it.
    reminder_sent: bool,
}

impl WholeAppointment {
    pub(crate) const fn id(&self) -> AppointmentId {
        self.id
    }
}

impl TryFrom<Answer> for WholeAppointment {
    type Error = Answer;

    fn try_from(answer: Answer) -> std::result::Result<Self, Answer> {
        let answer = AppointmentAnswer::try_from(answer)?;
        // Nobody is reminded yet.
        Ok(Self { id: answer.appointment_id, answer, reminder_sent: false })
    }
}

/// An answer that has a time, in a zone.
pub(crate) trait Timed {
    fn time(&self) -> (Interval, Tz);
}

impl Timed for WholeAppointment {
    fn time(&self) -> (Interval, Tz) {
        (Interval::new(self.answer.start, self.answer.end), self.answer.terms.time_zone)
    }
}

impl Timed for HoldAnswer {
    fn time(&self) -> (Interval, Tz) {
        (Interval::new(self.start, self.end), self.time_zone)
    }
}

impl CommandApi {
    /// The answer with its time in the office's language.
    pub(crate) fn localized<T: Timed>(&self, answer: T) -> Localized<T> {
        let (time, zone) = answer.time();
        self.wording().localized(answer, time, zone)
    }

    /// The first answer of a command on an agent, in the form of its operation.
    pub(crate) fn first_answer_of_agent(&self, answer: &Answer) -> Result<Value> {
        match answer {
            Answer::Appointment(_) => match WholeAppointment::try_from(answer.clone()) {
                Ok(whole) => serde_json::to_value(self.localized(whole)),
                Err(other) => serde_json::to_value(other),
            },
            Answer::Hold(answer) => serde_json::to_value(self.localized(answer.clone())),
            other => serde_json::to_value(other),
        }
    }
}
