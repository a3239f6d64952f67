use availability::OfficeCalendar;
use calendar_fold::fold_office;
use chrono::{DateTime, Utc};

use super::{Office, OfficeCommand, OfficeRejection};
use crate::{Aggregate as _, Command};

impl Office {
    /// Types, hours and blocks as they would be once the command is carried out. Refused as the command would be.
    pub fn calendar_after(
        &self,
        command: &Command<OfficeCommand>,
        now: DateTime<Utc>,
    ) -> Result<OfficeCalendar, OfficeRejection> {
        let mut after = self.calendar.clone();
        for event in self.decide(command, &(), now)? {
            fold_office(&mut after, &event);
        }
        Ok(after)
    }
}
