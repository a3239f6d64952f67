//! RFC 5545 recurrences as sets of dates.
//!
//! A block keeps its time of day, so a recurrence only has to say on which dates it happens. Each date is checked by
//! itself, so a query about one week costs the same however long ago the rule began, and always ends.

mod parse;
mod rrule_matching;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use thiserror::Error;

/// How long after its start a recurrence may go on.
const MAX_YEARS: i32 = 100;
/// The most occurrences that `COUNT` may ask for.
const MAX_COUNT: u32 = 10_000;
/// How many occurrences are compared with the next.
const OCCURRENCES_COMPARED: usize = 1_000;

/// Why a recurrence is invalid. Display says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidRecurrence {
    /// It is not a list of `NAME=VALUE` with `FREQ` among them.
    #[error(
        "a recurrence is an RRULE value such as FREQ=WEEKLY;BYDAY=MO, without \"RRULE:\", of at most 512 characters"
    )]
    Form,
    /// It happens more than once a day.
    #[error("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY: a block recurs at most once a day")]
    SubDaily,
    /// A part that sets the time of day.
    #[error("{0} is not supported: a block recurs at its own time of day")]
    TimeOfDay(&'static str),
    /// A part that is unknown or not supported.
    #[error(
        "the recurrence has a part that is not supported; supported are FREQ, INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY, BYDAY, BYYEARDAY, BYWEEKNO and BYSETPOS"
    )]
    UnknownPart,
    /// A part given twice.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// A part with a value outside its range or form.
    #[error("{part} must be {form}")]
    Value {
        /// The part.
        part: &'static str,
        /// The form it must have.
        form: &'static str,
    },
    /// A part that cannot be used with this `FREQ`.
    #[error("{part} cannot be used with this FREQ: {rule}")]
    NotWithFreq {
        /// The part.
        part: &'static str,
        /// What RFC 5545 says about it.
        rule: &'static str,
    },
    /// Both `COUNT` and `UNTIL`.
    #[error("COUNT and UNTIL exclude each other")]
    CountAndUntil,
    /// The block begins in an unsupported year.
    #[error("a block that recurs must begin in the years 1900 to 8900")]
    Start,
    /// It ends before it begins.
    #[error("UNTIL lies before the block's start")]
    UntilBeforeStart,
    /// No date within 100 years satisfies it.
    #[error("no date within {MAX_YEARS} years satisfies the recurrence")]
    Never,
}

/// Checks that a block that begins at `local_start` on the wall clock of `time_zone` may have this recurrence.
///
/// Accepted: `FREQ` of `DAILY` or rarer with `INTERVAL`, `COUNT` (at most 10,000), `UNTIL` (a date, a local time or a
/// UTC time), `WKST`, `BYMONTH`, `BYMONTHDAY`, `BYDAY`, `BYYEARDAY`, `BYWEEKNO` and `BYSETPOS`, where RFC 5545 allows
/// them. Refused: everything that sets a time of day or happens more than once a day.
pub fn validate_recurrence(
    recurrence: &str,
    time_zone: Tz,
    local_start: NaiveDateTime,
) -> Result<(), InvalidRecurrence> {
    let rule = Recurrence::compile(recurrence, time_zone, local_start)?;
    if rule.last < rule.first {
        return Err(InvalidRecurrence::UntilBeforeStart);
    }
    let mut dates = rule.matching(rule.first, rule.last);
    dates.next().map(|_| ()).ok_or(InvalidRecurrence::Never)
}

/// Whether something that recurs on the wall clock and lasts for `length` ends before it begins again.
///
/// Looks at the first occurrences alone: a rule repeats itself.
pub(crate) fn ends_before_next(rule: &Recurrence, length: TimeDelta) -> bool {
    let dates = || rule.dates(rule.first, rule.last).take(OCCURRENCES_COMPARED);
    dates().zip(dates().skip(1)).all(|(date, next)| length <= next - date)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday of a period: the n-th from its start or, if negative, from its end; 0 = every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NthWeekday {
    nth: i8,
    weekday: Weekday,
}

/// A parsed recurrence; parts left out are taken from the block's start.
///
/// It occurs on `first` whether or not that date matches the rule (RFC 5545 leaves such a rule undefined; here the
/// block's own start always occurs, and `COUNT` counts it), then on the dates that match the rule, through `last`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recurrence {
    frequency: Frequency,
    interval: i64,
    week_start: Weekday,
    by_month: Vec<i16>,
    by_month_day: Vec<i16>,
    by_day: Vec<NthWeekday>,
    by_year_day: Vec<i16>,
    by_week_no: Vec<i16>,
    by_set_pos: Vec<i16>,
    first: NaiveDate,
    last: NaiveDate,
}

impl Recurrence {
    /// Parses an RRULE for a block that begins at `local_start` in `time_zone`.
    pub(crate) fn compile(
        text: &str,
        time_zone: Tz,
        local_start: NaiveDateTime,
    ) -> Result<Self, InvalidRecurrence> {
        if !(1900..=8900).contains(&local_start.year()) {
            return Err(InvalidRecurrence::Start);
        }
        let (mut rule, end) = parse::parse(text, local_start.date())?;
        let reach = rrule_matching::years_later(rule.first, MAX_YEARS);
        rule.last = reach;
        rule.last = match end {
            parse::End::Never => reach,
            parse::End::Count(count) => rule.date_of_occurrence(count),
            parse::End::Until(until) => until.last_date(time_zone, local_start.time()).min(reach),
        };
        Ok(rule)
    }

    /// The dates on which it occurs, from `from` through `to`, earliest first.
    pub(crate) fn dates(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let start = Some(self.first).filter(|first| (from..=to).contains(first));
        let first = self.first;
        start.into_iter().chain(self.matching(from, to).filter(move |date| *date != first))
    }

    /// The date of the `count`-th occurrence, or `last` if there are fewer.
    fn date_of_occurrence(&self, count: u32) -> NaiveDate {
        let further = usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
        self.dates(self.first, self.last).nth(further).unwrap_or(self.last)
    }
}
