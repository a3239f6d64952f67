//! Query parameters that several queries share.

use availability::Interval;
use chrono::{DateTime, TimeDelta, Utc};
use operation::Problem;
use read_model::Limit;
use schemars::JsonSchema;
use serde::de::value::{self, StrDeserializer};
use serde::de::{DeserializeOwned, Error, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// The longest range allowed, in days.
pub(crate) const MAX_RANGE_DAYS: i64 = 366;
/// How often one filter may repeat.
const MAX_REPEATS: usize = 100;

/// An RFC 3339 instant in a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match DateTime::parse_from_rfc3339(&text) {
            Ok(_) if text.contains(' ') => Err(D::Error::custom(PLUS)),
            Ok(instant) => Ok(Self(instant.to_utc())),
            Err(_) if DateTime::parse_from_rfc3339(&text.replacen(' ', "+", 1)).is_ok() => {
                Err(D::Error::custom(PLUS))
            }
            Err(_) => Err(D::Error::custom(
                "must be an RFC 3339 instant with its offset, such as 2026-12-15T14:00:00-03:00",
            )),
        }
    }
}

const PLUS: &str = "has a space where RFC 3339 has + or T; in a URL a + is written %2B";

/// Reads the limit of a page.
pub(crate) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
    limit_up_to(Limit::MAX, deserializer)
}

/// Reads the limit of a page of at most so many entries.
pub(crate) fn limit_up_to<'de, D: Deserializer<'de>>(most: u16, deserializer: D) -> Result<Limit, D::Error> {
    let number = String::deserialize(deserializer)?.parse().ok();
    number
        .filter(|number| *number <= most)
        .and_then(Limit::try_new)
        .ok_or_else(|| D::Error::custom(format!("must be a whole number from 1 to {most}")))
}

/// Reads names that are separated by commas, or in a parameter that repeats, each at most once.
pub(crate) fn names<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + PartialEq,
{
    let mut read = Vec::new();
    for text in Vec::<String>::deserialize(deserializer)? {
        for name in text.split(',') {
            let name: StrDeserializer<'_, value::Error> = name.into_deserializer();
            let name = T::deserialize(name).map_err(D::Error::custom)?;
            if read.contains(&name) {
                return Err(D::Error::custom("must name each at most once"));
            }
            read.push(name);
        }
    }
    Ok(read)
}

/// Refuses a range that runs backwards or is too long, but not an open one.
pub(crate) fn check_range(from: Option<Instant>, to: Option<Instant>) -> Result<(), Problem> {
    let (Some(Instant(from)), Some(Instant(to))) = (from, to) else { return Ok(()) };
    if to < from {
        Err(Problem::malformed("to", "must not be before from"))
    } else if to - from > TimeDelta::days(MAX_RANGE_DAYS) {
        Err(Problem::malformed("to", format!("must be at most {MAX_RANGE_DAYS} days after from")))
    } else {
        Ok(())
    }
}

/// A range that needs both ends.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Range {
    /// The start. Required.
    from: Option<Instant>,
    /// The end, at most 366 days later. Required.
    to: Option<Instant>,
}

impl Range {
    pub(crate) fn interval(&self) -> Result<Interval, Problem> {
        interval(self.from, self.to)
    }
}

/// The range between two ends, both of which are needed.
pub(crate) fn interval(from: Option<Instant>, to: Option<Instant>) -> Result<Interval, Problem> {
    check_range(from, to)?;
    let needed = |field, instant: Option<Instant>| {
        instant
            .map(|Instant(instant)| instant)
            .ok_or_else(|| Problem::malformed(field, "is needed: an RFC 3339 instant"))
    };
    Ok(Interval::new(needed("from", from)?, needed("to", to)?))
}

/// Refuses a filter with too many values.
pub(crate) fn check_repeats<T>(field: &'static str, values: &[T]) -> Result<(), Problem> {
    if values.len() > MAX_REPEATS {
        return Err(Problem::malformed(field, format!("may repeat {MAX_REPEATS} times at most")));
    }
    Ok(())
}
