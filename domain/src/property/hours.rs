//! Visit hours and date exceptions of a property.

use availability::{validate_exception, validate_rule};
use chrono::NaiveDate;
use schemas::event::{
    PropertyDateExceptionRemoved, PropertyDateExceptionSet, PropertyEvent, PropertyVisitHoursReplaced,
};
use schemas::value::{AvailabilityRule, DateException};

use super::{Property, PropertyRejection};
use crate::hours::same_hours;

const MAX_RULES: usize = 200;
const MAX_EXCEPTIONS: usize = 1_000;

impl Property {
    pub(super) fn decide_replace_hours(
        &self,
        rules: &[AvailabilityRule],
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        for rule in rules {
            validate_rule(rule)?;
            if let Some(code) = &rule.appointment_type {
                return Err(PropertyRejection::HoursOfOneType(code.clone()));
            }
        }
        check_room("visit hours", rules.len(), MAX_RULES)?;
        if same_hours(self.calendar.rules(), rules) {
            return Ok(Vec::new());
        }
        Ok(vec![PropertyVisitHoursReplaced { property_id, rules: rules.to_vec() }.into()])
    }

    pub(super) fn decide_set_exception(
        &self,
        exception: &DateException,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        validate_exception(exception)?;
        match self.calendar.exception(exception.date) {
            Some(known) if known == exception => return Ok(Vec::new()),
            Some(_) => {}
            None => check_room("date exceptions", self.calendar.exceptions().count() + 1, MAX_EXCEPTIONS)?,
        }
        Ok(vec![PropertyDateExceptionSet { property_id, exception: exception.clone() }.into()])
    }

    pub(super) fn decide_remove_exception(
        &self,
        date: NaiveDate,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        if self.calendar.exception(date).is_none() {
            return Err(PropertyRejection::ExceptionNotFound);
        }
        Ok(vec![PropertyDateExceptionRemoved { property_id, date }.into()])
    }
}

pub(super) const fn check_room(
    kind: &'static str,
    wanted: usize,
    max: usize,
) -> Result<(), PropertyRejection> {
    if wanted > max { Err(PropertyRejection::CalendarFull { kind, max }) } else { Ok(()) }
}
