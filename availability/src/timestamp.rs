//! Fast formatting of times as numbers: an answer full of slots is mostly times, and `chrono` interprets a format for
//! each.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `YYYY-MM-DDTHH:MM`, as on a wall clock.
pub fn to_the_minute<S: Serializer>(local: &NaiveDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    match digits(*local) {
        Some(text) => serializer.serialize_str(ascii(&text[..16])),
        None => serializer.collect_str(&local.format("%Y-%m-%dT%H:%M")),
    }
}

/// What [`to_the_minute`] writes.
pub fn of_the_minute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M").map_err(D::Error::custom)
}

/// `YYYY-MM-DDTHH:MM:SSZ`, with a fraction where the instant has one: what `chrono` writes.
pub fn instant<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    match digits(instant.naive_utc()).filter(|_| instant.nanosecond() == 0) {
        Some(text) => serializer.serialize_str(ascii(&text)),
        None => instant.serialize(serializer),
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`; none for a year that does not have four digits.
fn digits(time: NaiveDateTime) -> Option<[u8; 20]> {
    let year = u32::try_from(time.year()).ok().filter(|year| *year < 10_000)?;
    let mut text = *b"0000-00-00T00:00:00Z";
    let parts = [year / 100, year % 100, time.month(), time.day(), time.hour(), time.minute(), time.second()];
    for (part, at) in parts.into_iter().zip([0, 2, 5, 8, 11, 14, 17]) {
        let [tens, ones] = [part / 10, part % 10].map(|digit| u8::try_from(digit).unwrap_or(0));
        text[at] += tens;
        text[at + 1] += ones;
    }
    Some(text)
}

fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(time: DateTime<Utc>) -> [String; 2] {
        #[derive(Serialize)]
        struct Times(
            #[serde(serialize_with = "instant")] DateTime<Utc>,
            #[serde(serialize_with = "to_the_minute")] NaiveDateTime,
        );
        let times = serde_json::to_value(Times(time, time.naive_utc())).unwrap();
        [0, 1].map(|at: usize| times[at].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_wall_clock_time_is_read_as_it_was_written() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Time(
            #[serde(serialize_with = "to_the_minute", deserialize_with = "of_the_minute")] NaiveDateTime,
        );
        let time = Time("2026-12-01T14:30:00".parse().unwrap());
        let text = serde_json::to_string(&time).unwrap();
        assert_eq!(text, "\"2026-12-01T14:30\"");
        assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), time);
        assert!(serde_json::from_str::<Time>("\"noon\"").is_err());
    }

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        for text in [
            "2026-12-15T17:00:00Z",
            "2027-01-02T03:04:05Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "2026-12-15T17:00:00.250Z",
        ] {
            let time: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(written(time), [text.to_owned(), time.format("%Y-%m-%dT%H:%M").to_string()]);
        }
        for far in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let expected = serde_json::to_value(far).unwrap();
            assert_eq!(
                written(far),
                [expected.as_str().unwrap().to_owned(), far.format("%Y-%m-%dT%H:%M").to_string()]
            );
        }
    }
}
