use availability::zone;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use http_edge::{Code, Problem};
use schemas::TimeInput;

/// The instant that is meant, and the zone it was said in, if it was.
pub(crate) fn resolve(field: &str, input: &TimeInput) -> Result<(DateTime<Utc>, Option<Tz>), Problem> {
    let zone = match input {
        TimeInput::Instant(_) => None,
        TimeInput::Local(local) => Some(local.zone),
    };
    let instant = zone::resolve(input)
        .map_err(|error| Problem::new(Code::InvalidTime, error.to_string()).with("field", field))?;
    // Times are to the second: a fraction would be on no grid and could not be shown.
    if instant.timestamp_subsec_nanos() != 0 {
        return Err(Problem::malformed(field, "must be a whole number of seconds"));
    }
    Ok((instant, zone))
}
