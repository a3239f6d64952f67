//! Answers of commands with their times as people read them: the same members as in the next `GET`.

use availability::{Interval, Localized};
use chrono_tz::Tz;
use domain::{Answer, AppointmentAnswer, HoldAnswer};
use serde_json::{Result, Value};

use crate::CommandApi;

/// An answer that has a time, in a zone.
pub(crate) trait Timed {
    fn time(&self) -> (Interval, Tz);
}

impl Timed for AppointmentAnswer {
    fn time(&self) -> (Interval, Tz) {
        (Interval::new(self.start, self.end), self.time_zone)
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
            Answer::Appointment(answer) => serde_json::to_value(self.localized(answer.clone())),
            Answer::Hold(answer) => serde_json::to_value(self.localized(answer.clone())),
            other => serde_json::to_value(other),
        }
    }
}
