use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LocalInterval;
use super::stored::{self, StoredLocalInterval};
use crate::LocalTime;

/// A part of the day, as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartOfDay {
    /// *Por la mañana.*
    Morning,
    /// *A mediodía.*
    Midday,
    /// *Por la tarde.*
    Afternoon,
    /// *Por la noche.*
    Evening,
}

impl PartOfDay {
    /// All of them, in the order of the day.
    pub const ALL: [Self; 4] = [Self::Morning, Self::Midday, Self::Afternoon, Self::Evening];

    /// The name in requests, events and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Midday => "midday",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
        }
    }
}

impl fmt::Display for PartOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an office means by each part of the day, by the wall clock. Parts may overlap, and the office need not have all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PartsOfDay(
    #[serde(deserialize_with = "stored::intervals_by")]
    #[schemars(with = "BTreeMap<PartOfDay, StoredLocalInterval>")]
    BTreeMap<PartOfDay, LocalInterval>,
);

impl PartsOfDay {
    /// With these bounds.
    pub const fn new(bounds: BTreeMap<PartOfDay, LocalInterval>) -> Self {
        Self(bounds)
    }

    /// The bounds of one part; none if the office does not have it.
    pub fn bounds(&self, part: PartOfDay) -> Option<LocalInterval> {
        self.0.get(&part).copied()
    }

    /// The parts that the office has, with their bounds, in the order of their names' day.
    pub fn iter(&self) -> impl Iterator<Item = (PartOfDay, LocalInterval)> {
        self.0.iter().map(|(part, bounds)| (*part, *bounds))
    }
}

impl Default for PartsOfDay {
    /// Morning from 06:00, afternoon from 12:00, evening from 19:00 to 22:00.
    fn default() -> Self {
        let hour = |hour: u16| LocalTime::try_from_minutes(hour * 60).expect("a day has 24 hours");
        let bounds = |from, until| LocalInterval { start_time: hour(from), end_time: hour(until) };
        Self(BTreeMap::from([
            (PartOfDay::Morning, bounds(6, 12)),
            (PartOfDay::Afternoon, bounds(12, 19)),
            (PartOfDay::Evening, bounds(19, 22)),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn bounds_are_an_object_by_part() {
        let parts = PartsOfDay::default();
        let written = json!({
            "morning": {"start_time": "06:00", "end_time": "12:00"},
            "afternoon": {"start_time": "12:00", "end_time": "19:00"},
            "evening": {"start_time": "19:00", "end_time": "22:00"},
        });
        assert_eq!(to_value(&parts).unwrap(), written);
        assert_eq!(from_value::<PartsOfDay>(written).unwrap(), parts);
        assert_eq!(parts.bounds(PartOfDay::Midday), None);
        let later = json!({"midday": {"start_time": "12:00", "end_time": "15:00", "added_later": 1}});
        assert!(from_value::<PartsOfDay>(later).unwrap().bounds(PartOfDay::Midday).is_some());
        assert!(
            from_value::<PartsOfDay>(json!({"night": {"start_time": "00:00", "end_time": "06:00"}})).is_err()
        );
    }

    #[test]
    fn a_part_is_written_as_its_name() {
        for part in PartOfDay::ALL {
            assert_eq!(to_value(part).unwrap(), json!(part.as_str()));
        }
    }
}
