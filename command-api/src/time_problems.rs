//! Times and dates in requests: what is invalid becomes a problem document.

use availability::{InvalidTime, OutOfRange, zone};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use operation::{Code, Problem};
use schemars::JsonSchema;
use schemas::TimeInput;
use serde::{Deserialize, Serialize};

/// Resolves a time of a calendar to its instant, and its zone if it is a wall-clock time.
pub(crate) fn resolve(field: &str, input: &TimeInput) -> Result<(DateTime<Utc>, Option<Tz>), Problem> {
    let zone = match input {
        TimeInput::Instant(_) => None,
        TimeInput::Local(local) => Some(local.zone),
    };
    let instant = resolve_past(field, input)?;
    // Times are to the second: a fraction would be on no grid and could not be shown.
    if instant.timestamp_subsec_nanos() != 0 {
        return Err(Problem::malformed(field, "must be a whole number of seconds"));
    }
    Ok((instant, zone))
}

/// Resolves when something happened, which may be between two seconds.
pub(crate) fn resolve_past(field: &str, input: &TimeInput) -> Result<DateTime<Utc>, Problem> {
    zone::resolve(input).map_err(|error| match error {
        InvalidTime::OutOfRange(error) => Problem::malformed(field, error.to_string()),
        error => Problem::new(Code::InvalidTime, error.to_string()).with("field", field),
    })
}

/// A date within [`zone::SUPPORTED_RANGE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "NaiveDate")]
#[schemars(with = "NaiveDate")]
pub(crate) struct Date(NaiveDate);

impl TryFrom<NaiveDate> for Date {
    type Error = OutOfRange;

    fn try_from(date: NaiveDate) -> Result<Self, OutOfRange> {
        zone::check_date(date).map(|()| Self(date))
    }
}

impl From<Date> for NaiveDate {
    fn from(Date(date): Date) -> Self {
        date
    }
}
