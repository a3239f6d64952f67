//! Weekly hours and date exceptions.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LocalInterval;
use super::stored::{self, StoredLocalInterval};
use crate::{AppointmentTypeCode, DayOfWeek, LocalTime, RuleId};

/// Weekly hours, or the hours of one date. Times are wall clock in the owner's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AvailabilityRule {
    /// Its id.
    pub rule_id: RuleId,
    /// The day of the week on which they begin.
    pub day_of_week: DayOfWeek,
    /// When they start.
    pub start_time: LocalTime,
    /// When they end; if before `start_time`, on the next date.
    pub end_time: LocalTime,
    /// Whether they begin every week; if not, on the date `valid_from` only.
    pub is_recurring: bool,
    /// The first date they begin on; none = no first date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The last date they begin on; none = no last date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// The one type they are for; none = every type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment_type: Option<AppointmentTypeCode>,
    /// How many appointments of one type and property may share one slot.
    pub max_appointments_per_slot: u16,
}

/// Hours that replace those that begin on one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DateException {
    /// The local date.
    pub date: NaiveDate,
    /// The hours instead; empty = closed.
    #[serde(deserialize_with = "stored::intervals")]
    #[schemars(with = "Vec<StoredLocalInterval>")]
    pub intervals: Vec<LocalInterval>,
}
