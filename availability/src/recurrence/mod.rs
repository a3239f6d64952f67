//! RFC 5545 recurrences as sets of dates.
//!
//! A block keeps its time of day, so a recurrence only has to say on which dates it happens. Each date is judged by
//! itself, which makes looking at one week cost the same however long ago the rule began, and cannot loop.

mod dates;
mod parse;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use chrono_tz::Tz;
use thiserror::Error;

/// How long after its start a recurrence may go on.
const MAX_YEARS: i32 = 100;
/// The most occurrences that `COUNT` may ask for.
const MAX_COUNT: u32 = 10_000;

/// Why a recurrence is refused. Display says what is allowed.
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
        "the recurrence has a part that is not supported; known are FREQ, INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY, BYDAY, BYYEARDAY, BYWEEKNO and BYSETPOS"
    )]
    UnknownPart,
    /// A part given twice.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// A part with a value outside its range or form.
    #[error("{part} must be {form}")]
    Value {
        /// Which part.
        part: &'static str,
        /// What it takes.
        form: &'static str,
    },
    /// A part that this `FREQ` cannot have.
    #[error("{part} cannot be used with this FREQ: {rule}")]
    NotWithFreq {
        /// Which part.
        part: &'static str,
        /// What the standard says of it.
        rule: &'static str,
    },
    /// `COUNT` beside `UNTIL`.
    #[error("COUNT and UNTIL exclude each other")]
    CountAndUntil,
    /// The block begins in a year that is out of reach.
    #[error("a block that recurs must begin in the years 1900 to 8900")]
    Start,
    /// It ends before it begins.
    #[error("UNTIL lies before the block's start")]
    UntilBeforeStart,
    /// No date in the reach of a recurrence satisfies it.
    #[error("no date within {MAX_YEARS} years satisfies the recurrence")]
    Never,
}

/// Whether a block that begins at `local_start` on the wall clock of `time_zone` may recur so.
///
/// Taken: `FREQ` of `DAILY` or rarer with `INTERVAL`, `COUNT` (at most 10,000), `UNTIL` (a date, a local time or a UTC
/// time), `WKST`, `BYMONTH`, `BYMONTHDAY`, `BYDAY`, `BYYEARDAY`, `BYWEEKNO` and `BYSETPOS`, where RFC 5545 lets them
/// stand. Refused: everything that sets a time of day or happens more than once a day.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday of a period: its n-th from the front or, if negative, from the back; 0 = every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NthWeekday {
    nth: i8,
    weekday: Weekday,
}

/// A recurrence with everything it takes from the block's start filled in.
///
/// It happens on `first` whether or not the rule names that date (RFC 5545 leaves such a rule undefined; the block's
/// own start always stands, and `COUNT` counts it), then on the dates that the rule names, through `last`.
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
    /// Reads an RRULE for a block that begins at `local_start` in `time_zone`.
    pub(crate) fn compile(
        text: &str,
        time_zone: Tz,
        local_start: NaiveDateTime,
    ) -> Result<Self, InvalidRecurrence> {
        if !(1900..=8900).contains(&local_start.year()) {
            return Err(InvalidRecurrence::Start);
        }
        let (mut rule, end) = parse::parse(text, local_start.date())?;
        let reach = dates::years_later(rule.first, MAX_YEARS);
        rule.last = reach;
        rule.last = match end {
            parse::End::Never => reach,
            parse::End::Count(count) => rule.date_of_occurrence(count),
            parse::End::Until(until) => until.last_date(time_zone, local_start.time()).min(reach),
        };
        Ok(rule)
    }

    /// The dates on which it happens, from `from` through `to`, earliest first.
    pub(crate) fn dates(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let start = Some(self.first).filter(|first| (from..=to).contains(first));
        let first = self.first;
        start.into_iter().chain(self.matching(from, to).filter(move |date| *date != first))
    }

    /// The date of the `count`-th occurrence, or the end of its reach.
    fn date_of_occurrence(&self, count: u32) -> NaiveDate {
        let further = usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
        self.dates(self.first, self.last).nth(further).unwrap_or(self.last)
    }
}
