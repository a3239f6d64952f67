//! Retention: which events of a stream its metadata hides.

use serde_json::{Map, Value};

use crate::clock::Ticks;

const MAX_COUNT: &str = "$maxCount";
const MAX_AGE: &str = "$maxAge";
const TRUNCATE_BEFORE: &str = "$tb";
/// `$tb` of a soft-deleted stream, and the revision of a tombstone: no event comes after it.
pub(crate) const END_OF_STREAM: u64 = i64::MAX.cast_unsigned();

/// The part of a stream's metadata that hides events. Absent means without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    pub(crate) max_count: Option<u64>,
    pub(crate) max_age_seconds: Option<u64>,
    pub(crate) truncate_before: Option<u64>,
}

impl Retention {
    /// A metadata stream keeps only its latest event.
    pub(crate) const LATEST_ONLY: Self =
        Self { max_count: Some(1), max_age_seconds: None, truncate_before: None };

    /// Metadata that is not a JSON object, or a key that is not a number, limits nothing.
    pub(crate) fn parse(json: &[u8]) -> Self {
        let object = object(json);
        let number = |key| object.get(key).and_then(Value::as_u64);
        Self {
            max_count: number(MAX_COUNT).filter(|count| *count > 0),
            max_age_seconds: number(MAX_AGE).filter(|seconds| *seconds > 0),
            truncate_before: number(TRUNCATE_BEFORE).map(|revision| revision.min(END_OF_STREAM)),
        }
    }

    pub(crate) fn soft_deleted(&self) -> bool {
        self.truncate_before == Some(END_OF_STREAM)
    }

    /// The lowest revision that a reader may see in a stream whose last is `last`.
    pub(crate) fn first_visible(&self, last: u64) -> u64 {
        self.first_kept(last).max(self.truncate_before.unwrap_or(0))
    }

    /// The lowest revision that `$maxCount` keeps; what is below can be erased.
    pub(crate) fn first_kept(&self, last: u64) -> u64 {
        self.max_count.map_or(0, |count| last.saturating_add(1).saturating_sub(count))
    }

    pub(crate) fn expired(&self, created: Ticks, now: Ticks) -> bool {
        self.max_age_seconds.is_some_and(|seconds| created < now.minus_seconds(seconds))
    }
}

/// The metadata `json` with `$tb` replaced and every other key kept.
pub(crate) fn with_truncate_before(json: &[u8], revision: u64) -> Vec<u8> {
    let mut object = object(json);
    object.insert(TRUNCATE_BEFORE.to_owned(), revision.into());
    Value::Object(object).to_string().into_bytes()
}

fn object(json: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_limit_wins() {
        let retention = Retention::parse(br#"{"$maxCount":3,"$tb":9}"#);
        assert_eq!(retention.first_visible(5), 9);
        assert_eq!(retention.first_visible(20), 18);
    }

    #[test]
    fn a_count_above_the_length_hides_nothing() {
        assert_eq!(Retention::parse(br#"{"$maxCount":10}"#).first_visible(3), 0);
    }

    #[test]
    fn junk_limits_nothing() {
        assert_eq!(Retention::parse(b"[1]"), Retention::default());
        assert_eq!(Retention::parse(br#"{"$maxCount":"3","$tb":-1}"#), Retention::default());
    }

    #[test]
    fn an_age_hides_what_is_older_than_it() {
        let retention = Retention::parse(br#"{"$maxAge":1}"#);
        let now = Ticks(100_000_000);
        assert!(retention.expired(Ticks(89_999_999), now));
        assert!(!retention.expired(Ticks(90_000_000), now));
    }

    #[test]
    fn truncating_keeps_the_other_keys() {
        let json = with_truncate_before(br#"{"$maxCount":3,"note":"x"}"#, END_OF_STREAM);
        let kept = Retention::parse(&json);
        assert!(kept.soft_deleted());
        assert_eq!(kept.max_count, Some(3));
        assert!(String::from_utf8(json).unwrap().contains("\"note\":\"x\""));
    }
}
