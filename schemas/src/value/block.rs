use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stored;
use crate::BlockId;

/// Time that cannot be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// Its id.
    pub block_id: BlockId,
    /// When it starts; of a recurring block, the first time.
    #[serde(deserialize_with = "stored::micros")]
    pub start: DateTime<Utc>,
    /// When it ends; of a recurring block, the first time.
    #[serde(deserialize_with = "stored::micros")]
    pub end: DateTime<Utc>,
    /// The zone in which a recurrence is expanded.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// `start` on the owner's wall clock.
    #[serde(deserialize_with = "stored::micros")]
    pub local_start: NaiveDateTime,
    /// `end` on the owner's wall clock.
    #[serde(deserialize_with = "stored::micros")]
    pub local_end: NaiveDateTime,
    /// The reason, for people to read.
    pub reason: String,
    /// RFC 5545 RRULE value, such as `FREQ=WEEKLY;BYDAY=MO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<String>,
}
