//! How many appointments there are, by local day, status, agent and type.

use availability::{Interval, zone};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::AppointmentStatus;
use schemas::{AgentId, AppointmentTypeCode};
use serde::{Deserialize, Serialize};

use crate::AppointmentFilter;

/// How many groups a summary has at most.
pub(crate) const MAX_GROUPS: usize = if cfg!(test) { 6 } else { 10_000 };

/// No appointment is longer: its minutes are a `u16`.
pub(crate) const LONGEST: TimeDelta = TimeDelta::minutes(u16::MAX as i64);

/// What the appointments of a summary are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SummaryKey {
    /// The local day on which they start.
    Day,
    /// Their status.
    Status,
    /// Their agent.
    Agent,
    /// Their type.
    Type,
}

/// Which appointments to count, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummarySearch {
    /// They overlap this range.
    pub range: Interval,
    /// They are of these agents; empty = of any.
    pub agent_ids: Vec<AgentId>,
    /// They have one of these statuses; empty = any.
    pub statuses: Vec<AppointmentStatus>,
    /// They are of one of these types; empty = of any.
    pub appointment_types: Vec<AppointmentTypeCode>,
    /// What they are counted by.
    pub by: Vec<SummaryKey>,
    /// The zone of the days; none = the office's.
    pub zone: Option<Tz>,
}

/// How many appointments overlap a range, by what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SummaryAnswer {
    /// The start of the range.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// The zone of the days.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// The groups that have any, in the order of day, status, agent and type.
    pub items: Vec<SummaryGroup>,
    /// How many there are in all groups together.
    pub total: u64,
}

/// Appointments that agree in what they are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SummaryGroup {
    /// The local day on which they start: before the range, for one that lasts into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// Their status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AppointmentStatus>,
    /// Their agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Their type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment_type: Option<AppointmentTypeCode>,
    /// How many there are.
    pub count: u64,
}

impl SummarySearch {
    pub(crate) fn is_by(&self, key: SummaryKey) -> bool {
        self.by.contains(&key)
    }

    /// The appointments that are counted.
    pub(crate) fn filter(&self) -> AppointmentFilter {
        AppointmentFilter {
            agent_ids: self.agent_ids.clone(),
            statuses: self.statuses.clone(),
            appointment_types: self.appointment_types.clone(),
            from: Some(self.range.start),
            to: Some(self.range.end),
            ..AppointmentFilter::default()
        }
    }

    pub(crate) fn answer(&self, zone: Tz, mut items: Vec<SummaryGroup>) -> SummaryAnswer {
        items.sort_unstable();
        let total = items.iter().map(|group| group.count).sum();
        SummaryAnswer { from: self.range.start, to: self.range.end, zone, items, total }
    }
}

/// The local days on which appointments start that overlap a range, by the zone rules of Citas: a database may have others.
#[derive(Debug)]
pub(crate) struct LocalDays {
    first: NaiveDate,
    /// When each day begins, from the first on. A day that the zone skipped begins with the next.
    starts: Vec<DateTime<Utc>>,
}

impl LocalDays {
    pub(crate) fn around(time_zone: Tz, range: Interval) -> Self {
        let from = range.start.checked_sub_signed(LONGEST).unwrap_or(range.start);
        let first = zone::local_date(time_zone, from);
        let last = zone::local_date(time_zone, range.end.max(range.start));
        let last = last.succ_opt().unwrap_or(last);
        let days = first.iter_days().take_while(|date| *date <= last);
        Self { first, starts: days.map(|date| zone::day(time_zone, date).start).collect() }
    }

    /// When each of the days begins.
    #[cfg(feature = "postgres")]
    pub(crate) fn starts(&self) -> &[DateTime<Utc>] {
        &self.starts
    }

    /// How many of the days have begun at an instant: the number of its own.
    pub(crate) fn begun_at(&self, instant: DateTime<Utc>) -> usize {
        self.starts.partition_point(|start| *start <= instant)
    }

    /// The day of this number, from 1.
    pub(crate) fn date(&self, number: usize) -> NaiveDate {
        let after_first = u64::try_from(number.saturating_sub(1)).unwrap_or_default();
        self.first.checked_add_days(Days::new(after_first)).unwrap_or(self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> Interval {
        Interval::new(from.parse().unwrap(), to.parse().unwrap())
    }

    #[test]
    fn every_instant_has_the_local_date_that_the_wall_clock_shows() {
        for (zone, from, to) in [
            // Midnight does not exist on 6 September 2026; 23:00 of 4 April 2026 comes twice.
            (Tz::America__Santiago, "2026-09-04T00:00:00Z", "2026-09-08T00:00:00Z"),
            (Tz::America__Santiago, "2026-04-03T00:00:00Z", "2026-04-07T00:00:00Z"),
            // The 30th was skipped.
            (Tz::Pacific__Apia, "2011-12-28T00:00:00Z", "2012-01-02T00:00:00Z"),
            (Tz::Asia__Tokyo, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"),
        ] {
            let range = range(from, to);
            let days = LocalDays::around(zone, range);
            let mut instant = range.start - LONGEST;
            while instant < range.end {
                let date = days.date(days.begun_at(instant));
                assert_eq!(date, availability::zone::local_date(zone, instant), "{zone} {instant}");
                instant += TimeDelta::minutes(10);
            }
        }
    }

    #[test]
    fn the_ends_of_time_have_days_too() {
        for (from, to) in [
            ("0000-01-01T00:00:00Z", "0000-01-02T00:00:00Z"),
            ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"),
        ] {
            let range = range(from, to);
            let days = LocalDays::around(Tz::America__Santiago, range);
            assert!((1..=days.starts().len()).contains(&days.begun_at(range.start)));
        }
    }
}
