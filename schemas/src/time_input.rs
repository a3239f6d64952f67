//! Points in time as clients send them.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A point in time as a client may give it: an RFC 3339 instant, or a wall-clock time with its zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TimeInput {
    /// `"2026-12-15T14:00:00-03:00"`
    Instant(DateTime<FixedOffset>),
    /// `{"local": "2026-12-15T14:00", "zone": "America/Santiago"}`
    Local(LocalDateTime),
}

/// A wall-clock time with the zone it is read in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalDateTime {
    /// `YYYY-MM-DDTHH:MM`, seconds allowed.
    #[serde(deserialize_with = "local_minutes")]
    pub local: NaiveDateTime,
    /// IANA name of the zone.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// Which of the two passes is meant, `-03:00` style, where the clock shows this time twice.
    #[serde(default, with = "offset", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub offset: Option<FixedOffset>,
}

fn local_minutes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
        .ok_or_else(|| serde::de::Error::custom("local must be YYYY-MM-DDTHH:MM, without an offset"))
}

mod offset {
    use chrono::FixedOffset;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` calls it this way"
    )]
    pub(super) fn serialize<S: Serializer>(
        offset: &Option<FixedOffset>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        offset.map(|offset| offset.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<FixedOffset>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| {
                text.parse().map_err(|_| serde::de::Error::custom("offset must be of the form -03:00"))
            })
            .transpose()
    }
}

impl<'de> Deserialize<'de> for TimeInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = TimeInput;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "an RFC 3339 instant with its offset, or {\"local\": \"YYYY-MM-DDTHH:MM\", \"zone\": …}",
                )
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TimeInput, E> {
                DateTime::parse_from_rfc3339(text)
                    .map(TimeInput::Instant)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<TimeInput, A::Error> {
                LocalDateTime::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(TimeInput::Local)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<TimeInput, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn takes_an_instant_or_a_wall_clock_time_with_its_zone() {
        assert!(matches!(parse(r#""2026-12-15T14:00:00-03:00""#), Ok(TimeInput::Instant(_))));
        assert!(matches!(
            parse(r#"{"local": "2026-12-15T14:00", "zone": "America/Santiago"}"#),
            Ok(TimeInput::Local(LocalDateTime { offset: None, .. }))
        ));
        assert!(matches!(
            parse(r#"{"local": "2026-04-04T23:30:00", "zone": "America/Santiago", "offset": "-03:00"}"#),
            Ok(TimeInput::Local(LocalDateTime { offset: Some(_), .. }))
        ));
    }

    #[test]
    fn refuses_a_time_without_its_zone() {
        for bad in [
            r#""2026-12-15T14:00:00""#,
            r#""tomorrow""#,
            r#"{"local": "2026-12-15T14:00"}"#,
            r#"{"local": "2026-12-15T14:00-03:00", "zone": "America/Santiago"}"#,
            r#"{"local": "2026-12-15T14:00", "zone": "Chile/Nowhere"}"#,
            r#"{"local": "2026-12-15T14:00", "zone": "America/Santiago", "offset": "west"}"#,
            r#"{"local": "2026-12-15T14:00", "zone": "America/Santiago", "extra": 1}"#,
            "1781535600",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
