//! Validation of appointment types.

use schemas::value::AppointmentType;
use thiserror::Error;

/// Minutes in a day: no length of an appointment type is longer.
const MAX_MINUTES: u16 = 24 * 60;
/// The longest notice, in minutes: a year.
const MAX_NOTICE_MINUTES: u32 = 366 * 24 * 60;
/// The furthest horizon, in days: two years.
const MAX_HORIZON_DAYS: u16 = 2 * 366;

/// Why an appointment type is invalid. Display says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidType {
    /// The duration is zero, or longer than a day.
    #[error("duration_minutes must be 1 to {MAX_MINUTES}")]
    Duration,
    /// The step between starts is zero, or longer than a day.
    #[error("slot_step_minutes must be 1 to {MAX_MINUTES}")]
    Step,
    /// A buffer is longer than a day.
    #[error("buffer_before_minutes and buffer_after_minutes must be 0 to {MAX_MINUTES}")]
    Buffer,
    /// The notice is longer than a year.
    #[error("min_notice_minutes must be 0 to {MAX_NOTICE_MINUTES}")]
    Notice,
    /// The horizon is further than two years.
    #[error("horizon_days must be 0 to {MAX_HORIZON_DAYS}")]
    Horizon,
    /// The daily limit is zero.
    #[error("daily_limit must be at least 1; leave it out for any number")]
    DailyLimit,
    /// The time to confirm in ends at the start, or more than a year before it.
    #[error(
        "confirm_before_minutes must be 1 to {MAX_NOTICE_MINUTES}; leave it out if nothing is to be released"
    )]
    ConfirmBefore,
}

/// Checks that an appointment type is valid.
pub fn validate_type(appointment_type: &AppointmentType) -> Result<(), InvalidType> {
    let t = appointment_type;
    if !(1..=MAX_MINUTES).contains(&t.duration_minutes) {
        Err(InvalidType::Duration)
    } else if !(1..=MAX_MINUTES).contains(&t.slot_step_minutes) {
        Err(InvalidType::Step)
    } else if t.buffer_before_minutes.max(t.buffer_after_minutes) > MAX_MINUTES {
        Err(InvalidType::Buffer)
    } else if t.min_notice_minutes > MAX_NOTICE_MINUTES {
        Err(InvalidType::Notice)
    } else if t.horizon_days > MAX_HORIZON_DAYS {
        Err(InvalidType::Horizon)
    } else if t.daily_limit == Some(0) {
        Err(InvalidType::DailyLimit)
    } else if t.confirm_before_minutes.is_some_and(|minutes| !(1..=MAX_NOTICE_MINUTES).contains(&minutes)) {
        Err(InvalidType::ConfirmBefore)
    } else {
        Ok(())
    }
}
