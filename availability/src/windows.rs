//! The times at which a slot may start, chosen by the wall clock: dates, weekdays and hours of the day.

use std::iter;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use schemas::value::LocalInterval;

use crate::{Interval, zone};

/// Stretches of time, sorted and without overlaps. They may touch.
///
/// A slot belongs to the one that it starts in, wherever it ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows(Vec<Interval>);

impl Windows {
    /// The instants of these dates at which the clock of the zone shows one of these times, on one of the weekdays:
    /// exactly those, in both passes of a fold, and none in a gap. A window for each date and stretch of hours; where
    /// `hours` overlap, each of them takes only what none before it has.
    ///
    /// Empty if the range of dates is; dates outside of the supported ones have no window.
    pub fn of_dates(
        tz: Tz,
        (first, last): (NaiveDate, NaiveDate),
        is_wanted: impl Fn(Weekday) -> bool,
        hours: &[LocalInterval],
    ) -> Self {
        let supported = zone::SUPPORTED_RANGE;
        let (first, last) = (first.max(supported.start.date_naive()), last.min(supported.end.date_naive()));
        let around = Interval::new(midnight(first) - A_DAY, midnight(last) + A_DAY + A_DAY);
        let around = around.intersection(&supported);
        let mut windows = Vec::new();
        for (stretch, offset) in offsets(tz, around) {
            let begin = (stretch.start + offset).date_naive().max(first);
            let dates = begin.iter_days().take_while(|date| *date <= last);
            for date in dates.take_while(|date| midnight(*date) - offset < stretch.end) {
                if is_wanted(date.weekday()) {
                    let at = |minutes: u16| midnight(date) - offset + TimeDelta::minutes(i64::from(minutes));
                    let shown = hours.iter().map(|hours| {
                        Interval::new(at(hours.start_time.minutes()), at(hours.end_time.minutes()))
                    });
                    windows.extend(shown.map(|shown| shown.intersection(&stretch)));
                }
            }
        }
        Self::of(windows)
    }

    fn of(mut windows: Vec<Interval>) -> Self {
        windows.sort_unstable();
        let mut end = DateTime::<Utc>::MIN_UTC;
        for window in &mut windows {
            window.start = window.start.max(end);
            end = end.max(window.end);
        }
        windows.retain(|window| !window.is_empty());
        Self(windows)
    }

    /// Those parts of the windows that lie in the range.
    pub fn within(&self, range: Interval) -> impl Iterator<Item = Interval> {
        let first = self.0.partition_point(|window| window.end <= range.start);
        let later = self.0[first..].iter().take_while(move |window| window.start < range.end);
        later.map(move |window| window.intersection(&range)).filter(|window| !window.is_empty())
    }

    /// The window in which this instant lies.
    pub fn around(&self, instant: DateTime<Utc>) -> Option<Interval> {
        let at = self.0.partition_point(|window| window.end <= instant);
        self.0.get(at).copied().filter(|window| window.contains(instant))
    }

    /// From the beginning of the first to the end of the last; none if there are none.
    pub fn hull(&self) -> Option<Interval> {
        Some(Interval::new(self.0.first()?.start, self.0.last()?.end))
    }
}

/// No zone is further from UTC than this.
const A_DAY: TimeDelta = TimeDelta::days(1);

/// Midnight of the date as UTC shows it.
fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// The range cut where the zone's offset changes. A change that is taken back within a day is not seen: no zone has had
/// one.
fn offsets(tz: Tz, range: Interval) -> Vec<(Interval, TimeDelta)> {
    let mut stretches: Vec<(Interval, TimeDelta)> = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let offset = offset_at(tz, from);
        let days = iter::successors(Some(from), |day| Some(*day + A_DAY));
        let other = days.skip(1).find(|day| *day >= range.end || offset_at(tz, *day) != offset);
        let other = other.unwrap_or(range.end);
        let to = if offset_at(tz, other) == offset {
            range.end
        } else {
            // The last instant known to have this offset is a day earlier.
            first_with_another(tz, Interval::new((other - A_DAY).max(from), other)).min(range.end)
        };
        stretches.push((Interval::new(from, to), offset));
        from = to;
    }
    stretches
}

/// The first second of the range with another offset than its beginning; its end has another.
fn first_with_another(tz: Tz, Interval { start, end }: Interval) -> DateTime<Utc> {
    let offset = offset_at(tz, start);
    let (mut same, mut other) = (0, (end - start).num_seconds());
    while other - same > 1 {
        let middle = i64::midpoint(same, other);
        if offset_at(tz, start + TimeDelta::seconds(middle)) == offset {
            same = middle;
        } else {
            other = middle;
        }
    }
    start + TimeDelta::seconds(other)
}

fn offset_at(tz: Tz, instant: DateTime<Utc>) -> TimeDelta {
    zone::local(tz, instant) - instant.naive_utc()
}
