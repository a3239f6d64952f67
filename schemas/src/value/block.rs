use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stored;
use crate::{AgentId, BlockId};

/// Time that cannot be booked: from one instant to another, or whole days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// Its id.
    pub block_id: BlockId,
    /// When it starts; of a recurring block, the first time. Of whole days, when the first of them begins in `time_zone`.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends; of a recurring block, the first time. Of whole days, when the last of them ends in `time_zone`.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// The zone of its owner, in which a recurrence is expanded. It follows the owner to another zone: then a block that
    /// recurs, or is of whole days, keeps `local_start` and `local_end`, and any other keeps `start` and `end`.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// `start` on the owner's wall clock.
    #[serde(deserialize_with = "stored::micros")]
    pub local_start: NaiveDateTime,
    /// `end` on the owner's wall clock.
    #[serde(deserialize_with = "stored::micros")]
    pub local_end: NaiveDateTime,
    /// Of whole days: the first date. Each agent's days are those of the agent's own zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// Of several whole days: the last date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// The reason, for people to read.
    pub reason: String,
    /// RFC 5545 RRULE value, such as `FREQ=WEEKLY;BYDAY=MO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<String>,
    /// Occurrences of the recurrence that are left out or moved, earliest date first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<OccurrenceException>,
    /// Of the office: the regions or comunas whose agents it is for. Without regions and agents it is for every agent, with
    /// both for the agents of either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Of the office: the agents it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agent_ids: Vec<AgentId>,
    /// What prescribes it, such as the law of a public holiday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<BlockSource>,
}

/// One occurrence of a recurring block that is left out, or takes place at another time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OccurrenceException {
    /// The local date on which the occurrence begins by the recurrence.
    pub date: NaiveDate,
    /// When it takes place instead; none if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<MovedOccurrence>,
}

/// The other time of an occurrence, on its owner's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MovedOccurrence {
    /// When it starts; of whole days, midnight of the first.
    #[serde(deserialize_with = "stored::micros")]
    pub local_start: NaiveDateTime,
    /// When it ends; of whole days, midnight after the last.
    #[serde(deserialize_with = "stored::micros")]
    pub local_end: NaiveDateTime,
}

/// What prescribes a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BlockSource {
    /// The rule, such as `Ley 19.668`.
    pub rule: String,
    /// The version of the list that states it.
    pub version: String,
}
