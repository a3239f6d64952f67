//! The time of a block, or of one of its occurrences, as requests give it.

use chrono::NaiveDate;
use domain::{BlockedTime, OnOverlap};
use operation::Problem;
use schemars::JsonSchema;
use schemas::TimeInput;
use serde::{Deserialize, Serialize};

use crate::time_problems::{self, Date};

/// What to do about appointments in a block.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OverlapInput {
    /// They make the block be refused.
    Refuse,
    /// They stay, and show as conflicts.
    Keep,
}

/// Refused if left out.
pub(super) fn on_overlap(input: Option<OverlapInput>) -> OnOverlap {
    match input {
        Some(OverlapInput::Keep) => OnOverlap::Keep,
        Some(OverlapInput::Refuse) | None => OnOverlap::Refuse,
    }
}

/// Start and end, or whole days.
#[derive(Debug, Clone)]
pub(super) struct TimeOfBlock {
    pub(super) start: Option<TimeInput>,
    pub(super) end: Option<TimeInput>,
    pub(super) date: Option<Date>,
    pub(super) until: Option<Date>,
}

impl TimeOfBlock {
    pub(super) fn read(self) -> Result<BlockedTime, Problem> {
        match self {
            Self { start: Some(start), end: Some(end), date: None, until: None } => {
                let (start, _) = time_problems::resolve("start", &start)?;
                let (end, _) = time_problems::resolve("end", &end)?;
                if start >= end {
                    return Err(Problem::malformed("end", "must be after start"));
                }
                Ok(BlockedTime::Between { start, end })
            }
            Self { start: None, end: None, date: Some(date), until } => {
                let (date, until) = (NaiveDate::from(date), until.map(NaiveDate::from));
                if until.is_some_and(|until| until < date) {
                    return Err(Problem::malformed("until", "must not be before date"));
                }
                Ok(BlockedTime::Days { date, until })
            }
            Self { date: None, until: Some(_), .. } => {
                Err(Problem::malformed("until", "needs date, the first of the whole days"))
            }
            Self { date: Some(_), .. } => {
                Err(Problem::malformed("date", "is for whole days: send start and end, or date, not both"))
            }
            Self { start: None, .. } => {
                Err(Problem::malformed("start", "is missing: send start and end, or date for a whole day"))
            }
            Self { end: None, .. } => Err(Problem::malformed("end", "is missing")),
        }
    }
}

/// Another time of one occurrence of a recurring block.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OccurrenceTime {
    /// When it starts instead.
    start: Option<TimeInput>,
    /// When it ends instead.
    end: Option<TimeInput>,
    /// Of whole days, in place of `start` and `end`: the first of them instead.
    date: Option<Date>,
    /// Of several whole days: the last of them instead.
    until: Option<Date>,
    /// What to do about appointments that the block did not overlap before; if left out, they make the change be refused.
    on_overlap: Option<OverlapInput>,
}

impl OccurrenceTime {
    pub(super) fn read(self) -> Result<(BlockedTime, Option<OverlapInput>), Problem> {
        let Self { start, end, date, until, on_overlap } = self;
        TimeOfBlock { start, end, date, until }.read().map(|time| (time, on_overlap))
    }
}
