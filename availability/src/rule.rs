//! Validation of rules and date exceptions, and which dates a rule applies to.

use chrono::{Datelike, NaiveDate};
use schemas::value::{AvailabilityRule, DateException};
use schemas::{AppointmentTypeCode, DayOfWeek};
use thiserror::Error;

use crate::zone::{self, OutOfRange};

/// The most appointments that may share one slot.
const MAX_PER_SLOT: u16 = 1_000;

/// Why hours are invalid. Display says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidRule {
    /// They end at or before their start.
    #[error("end_time must be later than start_time on the same date")]
    Empty,
    /// Their last date is before their first.
    #[error("valid_until must not be before valid_from")]
    Validity,
    /// They are for one date, which is missing.
    #[error("hours that do not recur need valid_from, the date they are for")]
    NoDate,
    /// They are for one date, which is not the day of the week they name.
    #[error("hours that do not recur must name the day_of_week of valid_from, which is {0}")]
    DayOfWeek(u8),
    /// They are for one date, but have another last date.
    #[error("hours that do not recur apply on valid_from only; leave valid_until out")]
    OneDate,
    /// A slot has no capacity, or too much.
    #[error("max_appointments_per_slot must be 1 to {MAX_PER_SLOT}")]
    PerSlot,
    /// They name a date outside the supported range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// Two intervals of one date overlap.
    #[error("the intervals of a date must not overlap")]
    Overlap,
}

/// Checks that weekly hours, or the hours of one date, are valid.
///
/// A rule that does not recur is for `valid_from` alone; its `day_of_week` must agree with that date and its
/// `valid_until` be that date or left out.
pub fn validate_rule(rule: &AvailabilityRule) -> Result<(), InvalidRule> {
    if rule.end_time <= rule.start_time {
        return Err(InvalidRule::Empty);
    }
    if !(1..=MAX_PER_SLOT).contains(&rule.max_appointments_per_slot) {
        return Err(InvalidRule::PerSlot);
    }
    rule.valid_from.into_iter().chain(rule.valid_until).try_for_each(zone::check_date)?;
    if let (Some(from), Some(until)) = (rule.valid_from, rule.valid_until)
        && until < from
    {
        return Err(InvalidRule::Validity);
    }
    if rule.is_recurring {
        return Ok(());
    }
    let date = rule.valid_from.ok_or(InvalidRule::NoDate)?;
    let day_of_week = DayOfWeek::from(date.weekday());
    if rule.day_of_week != day_of_week {
        return Err(InvalidRule::DayOfWeek(day_of_week.number()));
    }
    match rule.valid_until {
        Some(until) if until != date => Err(InvalidRule::OneDate),
        _ => Ok(()),
    }
}

/// Checks that a date exception is valid: its date within [`zone::SUPPORTED_RANGE`], no interval empty, none
/// overlapping another.
pub fn validate_exception(exception: &DateException) -> Result<(), InvalidRule> {
    zone::check_date(exception.date)?;
    if exception.intervals.iter().any(|interval| interval.end_time <= interval.start_time) {
        return Err(InvalidRule::Empty);
    }
    let mut sorted = exception.intervals.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[1].start_time < pair[0].end_time) {
        return Err(InvalidRule::Overlap);
    }
    Ok(())
}

/// Whether the rule applies to this date and this type; without a type, to any.
pub(crate) fn applies(rule: &AvailabilityRule, date: NaiveDate, code: Option<&AppointmentTypeCode>) -> bool {
    let on_date = if rule.is_recurring {
        rule.day_of_week == DayOfWeek::from(date.weekday())
            && rule.valid_from.is_none_or(|from| from <= date)
            && rule.valid_until.is_none_or(|until| date <= until)
    } else {
        rule.valid_from == Some(date)
    };
    is_for(rule, code) && on_date
}

/// Whether the rule applies to this type on some date; without a type, to any.
pub(crate) fn is_for(rule: &AvailabilityRule, code: Option<&AppointmentTypeCode>) -> bool {
    match (&rule.appointment_type, code) {
        (Some(only), Some(code)) => only == code,
        _ => true,
    }
}
