use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ParseError;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// A wall-clock time of day to the minute, `00:00` to `24:00`. Means nothing without a zone and a date beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"))]
pub struct LocalTime(u16);

impl LocalTime {
    /// `24:00`, the end of a date and the beginning of the next.
    pub const END_OF_DAY: Self = Self(MINUTES_PER_DAY);

    /// From minutes since midnight, 0 to 1440.
    pub const fn try_from_minutes(minutes: u16) -> Result<Self, ParseError> {
        if minutes <= MINUTES_PER_DAY { Ok(Self(minutes)) } else { Err(Self::form()) }
    }

    /// Minutes since midnight by the wall clock, 0 to 1440.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    const fn form() -> ParseError {
        ParseError::new("a time of day", "HH:MM from 00:00 to 24:00")
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LocalTime {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let form = Self::form();
        let (hours, minutes) = text.split_once(':').ok_or_else(|| form.clone())?;
        let two_digits = |part: &str| {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        match (two_digits(hours), two_digits(minutes)) {
            (Some(hours), Some(minutes)) if minutes < 60 => Self::try_from_minutes(hours * 60 + minutes),
            _ => Err(form),
        }
    }
}

impl TryFrom<String> for LocalTime {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

/// A day of the week, 0 Monday to 6 Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(with = "u8", extend("maximum" = 6))]
pub struct DayOfWeek(u8);

impl DayOfWeek {
    /// 0 (Monday) to 6 (Sunday).
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for DayOfWeek {
    type Error = ParseError;

    fn try_from(number: u8) -> Result<Self, ParseError> {
        if number <= 6 {
            Ok(Self(number))
        } else {
            Err(ParseError::new("day_of_week", "0 (Monday) to 6 (Sunday)"))
        }
    }
}

impl From<DayOfWeek> for u8 {
    fn from(day: DayOfWeek) -> Self {
        day.0
    }
}

impl From<chrono::Weekday> for DayOfWeek {
    fn from(day: chrono::Weekday) -> Self {
        Self(u8::try_from(day.num_days_from_monday()).expect("a week has seven days"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_of_a_day_reads_back_as_itself() {
        for minutes in 0..=MINUTES_PER_DAY {
            let time = LocalTime::try_from_minutes(minutes).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn times_off_the_clock_are_refused() {
        for bad in ["24:01", "25:00", "9:00", "09:60", "0900", "", "09:00:00", "+9:00", "-1:00", "99:99"] {
            assert!(bad.parse::<LocalTime>().is_err(), "{bad}");
        }
    }
}
