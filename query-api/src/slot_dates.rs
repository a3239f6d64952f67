//! The days for which free slots are requested: dates, weekdays and how far ahead.

use availability::{OutOfRange, zone};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use operation::Problem;
use read_model::Dates;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::parameters::MAX_RANGE_DAYS;

/// How many dates `date_from` alone asks for.
const DEFAULT_DATES: u64 = 14;

/// A date in a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Date(pub(crate) NaiveDate);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date =
            NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|_| text.len() == "2026-12-15".len());
        let date = date.ok_or_else(|| D::Error::custom("must be a date that exists, such as 2026-12-15"))?;
        zone::check_date(date).map_err(|error: OutOfRange| D::Error::custom(error))?;
        Ok(Self(date))
    }
}

/// A weekday in a query string; also in the words of an answer, in capitals, and without accents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WeekdayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl<'de> Deserialize<'de> for WeekdayName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)?.to_lowercase().as_str() {
            "monday" | "lunes" => Self::Monday,
            "tuesday" | "martes" => Self::Tuesday,
            "wednesday" | "miércoles" | "miercoles" => Self::Wednesday,
            "thursday" | "jueves" => Self::Thursday,
            "friday" | "viernes" => Self::Friday,
            "saturday" | "sábado" | "sabado" => Self::Saturday,
            "sunday" | "domingo" => Self::Sunday,
            _ => return Err(D::Error::custom("must be a weekday, such as monday or lunes")),
        })
    }
}

impl From<WeekdayName> for Weekday {
    fn from(name: WeekdayName) -> Self {
        match name {
            WeekdayName::Monday => Self::Mon,
            WeekdayName::Tuesday => Self::Tue,
            WeekdayName::Wednesday => Self::Wed,
            WeekdayName::Thursday => Self::Thu,
            WeekdayName::Friday => Self::Fri,
            WeekdayName::Saturday => Self::Sat,
            WeekdayName::Sunday => Self::Sun,
        }
    }
}

/// The parameters that name dates.
pub(crate) struct AskedDates {
    pub(crate) date: Option<Date>,
    pub(crate) date_from: Option<Date>,
    pub(crate) date_to: Option<Date>,
    pub(crate) days_ahead: Option<u16>,
}

impl AskedDates {
    /// The dates, if any of the parameters is given; checked with `from` and `to`, if these are, and with the weekdays.
    pub(crate) fn read(
        &self,
        (from, to): (bool, bool),
        weekdays: &[Weekday],
        now: DateTime<Utc>,
    ) -> Result<Option<Dates>, Problem> {
        self.check_one_way(from, to)?;
        let dates = match (self.date, self.date_from, self.date_to, self.days_ahead) {
            (Some(Date(date)), ..) => Dates::Between { first: Some(date), last: date },
            (None, Some(Date(first)), last, _) => {
                let default = first.checked_add_days(Days::new(DEFAULT_DATES - 1)).unwrap_or(first);
                Dates::Between { first: Some(first), last: last.map_or(default, |Date(last)| last) }
            }
            (None, None, Some(Date(last)), _) => Dates::Between { first: None, last },
            (None, None, None, Some(days)) => Dates::Ahead(days),
            (None, None, None, None) => return Ok(None),
        };
        check_length(dates, now)?;
        check_weekdays(dates, weekdays)?;
        Ok(Some(dates))
    }

    /// Days are named in one way: two could contradict each other.
    fn check_one_way(&self, from: bool, to: bool) -> Result<(), Problem> {
        let ways: [&[(&str, bool)]; 4] = [
            &[("date", self.date.is_some())],
            &[("date_from", self.date_from.is_some()), ("date_to", self.date_to.is_some())],
            &[("days_ahead", self.days_ahead.is_some())],
            &[("from", from), ("to", to)],
        ];
        let given = ways.iter().filter_map(|way| way.iter().find(|(_, is_given)| *is_given));
        let given: Vec<&str> = given.map(|(field, _)| *field).collect();
        match given[..] {
            [first, second, ..] => Err(Problem::malformed(
                second,
                format!("has no place beside {first}: name the days in one way"),
            )),
            _ => Ok(()),
        }
    }
}

/// How many dates these are, and the parameter that could shorten them. Counted from today in UTC where they begin today.
pub(crate) fn length(dates: Dates, now: DateTime<Utc>) -> (i64, &'static str) {
    match dates {
        Dates::Between { first, last } => {
            ((last - first.unwrap_or_else(|| now.date_naive())).num_days() + 1, "date_to")
        }
        Dates::Ahead(days) => (i64::from(days) + 1, "days_ahead"),
    }
}

fn check_length(dates: Dates, now: DateTime<Utc>) -> Result<(), Problem> {
    let (count, field) = length(dates, now);
    let is_too_long = count > MAX_RANGE_DAYS + 1;
    match dates {
        Dates::Between { first: Some(_), .. } if count < 1 => {
            Err(Problem::malformed(field, "must not be before date_from"))
        }
        Dates::Between { first: Some(_), .. } if is_too_long => {
            Err(Problem::malformed(field, format!("must be at most {MAX_RANGE_DAYS} days after date_from")))
        }
        Dates::Between { first: None, .. } if is_too_long => {
            let detail = format!("must be at most {MAX_RANGE_DAYS} days ahead, or have a date_from");
            Err(Problem::malformed(field, detail))
        }
        Dates::Ahead(_) if is_too_long => {
            Err(Problem::malformed(field, format!("must be a whole number from 0 to {MAX_RANGE_DAYS}")))
        }
        _ => Ok(()),
    }
}

/// Refuses weekdays on none of which a date falls.
fn check_weekdays(dates: Dates, weekdays: &[Weekday]) -> Result<(), Problem> {
    let Dates::Between { first: Some(first), last } = dates else { return Ok(()) };
    let mut week = first.iter_days().take(7).take_while(|date| *date <= last);
    if weekdays.is_empty() || week.any(|date| weekdays.contains(&date.weekday())) {
        return Ok(());
    }
    Err(Problem::malformed("weekday", "falls on none of the dates asked for"))
}
