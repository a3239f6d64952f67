//! Validation of rules and date exceptions, and which dates a rule applies to.

use chrono::{Datelike, NaiveDate};
use schemas::value::{AvailabilityRule, DateException, LocalInterval};
use schemas::{AppointmentTypeCode, DayOfWeek, LocalTime};
use thiserror::Error;

use crate::zone::{self, OutOfRange};

/// The most appointments that may share one slot.
const MAX_PER_SLOT: u16 = 1_000;

/// Why hours are invalid. Display says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidRule {
    /// They end at their start.
    #[error("end_time must differ from start_time; one before start_time is on the next date")]
    Empty,
    /// They begin where their date ends.
    #[error("start_time must be 00:00 to 23:59")]
    Start,
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

/// Checks that weekly hours, or the hours of one date, are valid. Hours over midnight are those of the date they begin on.
///
/// A rule that does not recur is for `valid_from` alone; its `day_of_week` must agree with that date and its
/// `valid_until` be that date or left out.
pub fn validate_rule(rule: &AvailabilityRule) -> Result<(), InvalidRule> {
    check_times(rule.start_time, rule.end_time)?;
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
/// overlapping another. One over midnight is on the next date from there on, where it overlaps none of these.
pub fn validate_exception(exception: &DateException) -> Result<(), InvalidRule> {
    zone::check_date(exception.date)?;
    exception.intervals.iter().try_for_each(|hours| check_times(hours.start_time, hours.end_time))?;
    let mut sorted = exception.intervals.clone();
    sorted.sort_unstable();
    let overlap = |earlier: &LocalInterval, later: &LocalInterval| {
        is_over_midnight(earlier.start_time, earlier.end_time) || later.start_time < earlier.end_time
    };
    if sorted.windows(2).any(|pair| overlap(&pair[0], &pair[1])) {
        return Err(InvalidRule::Overlap);
    }
    Ok(())
}

fn check_times(start: LocalTime, end: LocalTime) -> Result<(), InvalidRule> {
    if start == end {
        Err(InvalidRule::Empty)
    } else if start == LocalTime::END_OF_DAY {
        Err(InvalidRule::Start)
    } else {
        Ok(())
    }
}

/// Whether hours with these times end on the date after the one they begin on.
pub(crate) fn is_over_midnight(start: LocalTime, end: LocalTime) -> bool {
    end < start
}

/// Whether the rule has hours that begin on this date, for this type; without a type, to any.
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
