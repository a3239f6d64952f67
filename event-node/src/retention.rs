//! Retention: which events of a stream its metadata hides.

use serde_json::{Map, Value};

use crate::clock::Ticks;
use crate::record::JSON;

const MAX_COUNT: &str = "$maxCount";
const MAX_AGE: &str = "$maxAge";
const TRUNCATE_BEFORE: &str = "$tb";
/// Some editors put it before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
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

    /// What the last event of a metadata stream says. Metadata of which a part makes no sense limit nothing, nor do those that
    /// are not JSON.
    pub(crate) fn of_metadata(content_type: &str, data: &[u8]) -> Self {
        if content_type == JSON { Self::parse(data).unwrap_or_default() } else { Self::default() }
    }

    fn parse(json: &[u8]) -> Option<Self> {
        let object = object(json)?;
        // Not a number that is whole and at least so great: no metadata.
        let number = |key, least: i64| match object.get(key) {
            None | Some(Value::Null) => Some(None),
            Some(value) => value.as_i64().filter(|number| *number >= least).map(|n| Some(n.unsigned_abs())),
        };
        Some(Self {
            max_count: number(MAX_COUNT, 1)?,
            max_age_seconds: number(MAX_AGE, 1)?,
            truncate_before: number(TRUNCATE_BEFORE, 0)?,
        })
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
pub(crate) fn truncated_before(json: &[u8], revision: u64) -> Vec<u8> {
    let mut object = object(json).unwrap_or_default();
    object.insert(TRUNCATE_BEFORE.to_owned(), revision.into());
    Value::Object(object).to_string().into_bytes()
}

fn object(json: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(json: &[u8]) -> Retention {
        Retention::of_metadata(JSON, json)
    }

    #[test]
    fn the_stricter_limit_wins() {
        let retention = limits(br#"{"$maxCount":3,"$tb":9}"#);
        assert_eq!(retention.first_visible(5), 9);
        assert_eq!(retention.first_visible(20), 18);
    }

    #[test]
    fn a_count_above_the_length_hides_nothing() {
        assert_eq!(limits(br#"{"$maxCount":10}"#).first_visible(3), 0);
    }

    #[test]
    fn what_makes_no_sense_limits_nothing() {
        for json in [
            "[1]",
            "",
            r#"{"$maxCount":"3","$tb":1}"#,
            r#"{"$maxCount":0,"$tb":1}"#,
            r#"{"$maxCount":2,"$tb":-1}"#,
            r#"{"$maxCount":2,"$tb":9223372036854775808}"#,
            r#"{"$maxCount":2,"$maxAge":1.5}"#,
        ] {
            assert_eq!(limits(json.as_bytes()), Retention::default(), "{json}");
        }
        assert_eq!(
            Retention::of_metadata("application/octet-stream", br#"{"$maxCount":3}"#),
            Retention::default()
        );
    }

    #[test]
    fn a_byte_order_mark_does_no_harm() {
        assert_eq!(limits("\u{feff}{\"$maxCount\":3}".as_bytes()).max_count, Some(3));
    }

    #[test]
    fn an_age_hides_what_is_older_than_it() {
        let retention = limits(br#"{"$maxAge":1}"#);
        let now = Ticks(100_000_000);
        assert!(retention.expired(Ticks(89_999_999), now));
        assert!(!retention.expired(Ticks(90_000_000), now));
    }

    #[test]
    fn truncating_keeps_the_other_keys() {
        let json = truncated_before(br#"{"$maxCount":3,"note":"x"}"#, END_OF_STREAM);
        let kept = limits(&json);
        assert!(kept.soft_deleted());
        assert_eq!(kept.max_count, Some(3));
        assert!(String::from_utf8(json).unwrap().contains("\"note\":\"x\""));
    }
}
