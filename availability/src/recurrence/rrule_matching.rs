//! Which dates match a recurrence.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::{Frequency, NthWeekday, Recurrence};

/// The same date some years on; at the calendar's end, its last date.
pub(super) fn years_later(date: NaiveDate, years: i32) -> NaiveDate {
    let year = date.year().saturating_add(years);
    date.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, date.month(), 28)).unwrap_or(NaiveDate::MAX)
}

/// Whether the list is empty or names this number: RFC 5545 counts from the start or, if negative, from the end.
fn numbered(list: &[i16], from_front: u32, of: u32) -> bool {
    let is = |number: i16| {
        let wanted = u32::from(number.unsigned_abs());
        if number > 0 { wanted == from_front } else { wanted == of + 1 - from_front }
    };
    list.is_empty() || list.iter().any(|number| is(*number))
}

/// The date at this position, counted from 1 or, if negative, from the end.
fn at_position(dates: &[NaiveDate], position: i16) -> Option<NaiveDate> {
    let distance = usize::from(position.unsigned_abs());
    let index = if position > 0 { distance.checked_sub(1) } else { dates.len().checked_sub(distance) };
    dates.get(index?).copied()
}

fn days_in_month(date: NaiveDate) -> u32 {
    u32::from(date.num_days_in_month())
}

fn days_in_year(date: NaiveDate) -> u32 {
    if date.leap_year() { 366 } else { 365 }
}

fn week_begin(date: NaiveDate, week_start: Weekday) -> NaiveDate {
    date - Days::new(u64::from(date.weekday().days_since(week_start)))
}

impl Recurrence {
    /// The dates that match the rule, from `from` through `to`, between its own first and last date.
    pub(super) fn matching(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let last = to.min(self.last);
        let mut chosen = Chosen::default();
        std::iter::successors(self.next_possible(from.max(self.first), last), move |date| {
            self.next_possible(date.succ_opt()?, last)
        })
        .filter(move |date| self.names(*date) && self.is_chosen(*date, &mut chosen))
    }

    /// The first of these dates in a period and a month of the rule; skips long gaps.
    fn next_possible(&self, from: NaiveDate, last: NaiveDate) -> Option<NaiveDate> {
        let mut date = from;
        while date <= last {
            let skipped = self.periods_to(date).rem_euclid(self.interval);
            date = if skipped > 0 {
                self.period_after(date, self.interval - skipped)?
            } else if numbered(&self.by_month, date.month(), 12) {
                return Some(date);
            } else {
                month_begin(date, 1)?
            };
        }
        None
    }

    /// Whether a date in a period and a month of the rule satisfies the rest of it.
    fn names(&self, date: NaiveDate) -> bool {
        numbered(&self.by_month, date.month(), 12)
            && numbered(&self.by_month_day, date.day(), days_in_month(date))
            && numbered(&self.by_year_day, date.ordinal(), days_in_year(date))
            && (self.by_day.is_empty() || self.by_day.iter().any(|day| self.is_weekday(date, *day)))
            && (self.by_week_no.is_empty() || self.is_week(date))
    }

    /// The number of the date's period, counted from 0 for that of the first date.
    fn periods_to(&self, date: NaiveDate) -> i64 {
        match self.frequency {
            Frequency::Daily => (date - self.first).num_days(),
            Frequency::Weekly => {
                let from = week_begin(self.first, self.week_start);
                (week_begin(date, self.week_start) - from).num_days() / 7
            }
            Frequency::Monthly => months(date) - months(self.first),
            Frequency::Yearly => i64::from(date.year() - self.first.year()),
        }
    }

    /// The first date of the period that comes `periods` after the date's.
    fn period_after(&self, date: NaiveDate, periods: i64) -> Option<NaiveDate> {
        let count = u32::try_from(periods).expect("INTERVAL is at most 1000");
        match self.frequency {
            Frequency::Daily => date.checked_add_days(Days::new(count.into())),
            Frequency::Weekly => {
                week_begin(date, self.week_start).checked_add_days(Days::new(7 * u64::from(count)))
            }
            Frequency::Monthly => month_begin(date, count),
            Frequency::Yearly => month_begin(date, 12 * count - date.month0()),
        }
    }

    fn is_weekday(&self, date: NaiveDate, day: NthWeekday) -> bool {
        if date.weekday() != day.weekday {
            return false;
        }
        let by_month = self.frequency == Frequency::Monthly || !self.by_month.is_empty();
        let (from_front, of) =
            if by_month { (date.day(), days_in_month(date)) } else { (date.ordinal(), days_in_year(date)) };
        let nth = u32::from(day.nth.unsigned_abs());
        match day.nth {
            0 => true,
            1.. => (from_front - 1) / 7 + 1 == nth,
            _ => (of - from_front) / 7 + 1 == nth,
        }
    }

    /// A week belongs to the year that has at least four of its days, so to the year of its fourth day.
    fn is_week(&self, date: NaiveDate) -> bool {
        let fourth = week_begin(date, self.week_start) + Days::new(3);
        let week = fourth.ordinal0() / 7 + 1;
        let after = (days_in_year(fourth) - fourth.ordinal()) / 7;
        numbered(&self.by_week_no, week, week + after)
    }

    fn is_chosen(&self, date: NaiveDate, chosen: &mut Chosen) -> bool {
        if self.by_set_pos.is_empty() {
            return true;
        }
        let (begin, end) = self.period(date);
        if chosen.begin != Some(begin) {
            let named: Vec<_> = std::iter::successors(Some(begin), NaiveDate::succ_opt)
                .take_while(|date| *date <= end)
                .filter(|date| self.names(*date))
                .collect();
            chosen.dates =
                self.by_set_pos.iter().filter_map(|position| at_position(&named, *position)).collect();
            chosen.dates.sort_unstable();
            chosen.begin = Some(begin);
        }
        chosen.dates.binary_search(&date).is_ok()
    }

    /// The first and the last date of the period that the date is in.
    fn period(&self, date: NaiveDate) -> (NaiveDate, NaiveDate) {
        let of_year = |month, day| NaiveDate::from_ymd_opt(date.year(), month, day).unwrap_or(date);
        match self.frequency {
            Frequency::Daily => (date, date),
            Frequency::Weekly => {
                let begin = week_begin(date, self.week_start);
                (begin, begin + Days::new(6))
            }
            Frequency::Monthly => (of_year(date.month(), 1), of_year(date.month(), days_in_month(date))),
            Frequency::Yearly => (of_year(1, 1), of_year(12, 31)),
        }
    }
}

/// The dates of one period that `BYSETPOS` selects, cached while its dates are checked.
#[derive(Default)]
struct Chosen {
    begin: Option<NaiveDate>,
    dates: Vec<NaiveDate>,
}

fn months(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// The first date of the month that comes `later` months after the date's.
fn month_begin(date: NaiveDate, later: u32) -> Option<NaiveDate> {
    date.with_day(1)?.checked_add_months(Months::new(later))
}
