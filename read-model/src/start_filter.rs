//! Which of the free starts of a range are wanted, by the wall clock.

use chrono::{NaiveDate, Weekday};
use schemas::value::PartOfDay;

/// Which of the free starts are wanted; by default all of the range.
///
/// Dates and times of the day are those of the search's zone; without one, of its agent's zone if it names exactly one,
/// and else of the office's. The answer is then written in that zone too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartFilter {
    /// On which dates, in place of `from` and `to`; none = within these.
    pub dates: Option<Dates>,
    /// On which weekdays; empty = on any.
    pub weekdays: Vec<Weekday>,
    /// In which parts of the day, as the office has them; empty = at any time.
    pub parts_of_day: Vec<PartOfDay>,
    /// Which of them are shown.
    pub shown: Shown,
}

/// Some dates in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    /// These.
    Between {
        /// The first; none = today.
        first: Option<NaiveDate>,
        /// The last.
        last: NaiveDate,
    },
    /// Today and so many more.
    Ahead(u16),
}

/// Which of the slots that fit are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// All, a page at a time.
    #[default]
    All,
    /// One for each start, a page at a time: that of the agent with the least id.
    OnePerStart,
    /// One page of slots far apart. The bounds of the office's parts of the day cut each day in pieces, and each piece
    /// offers its earliest slot, of the agent with the least id. Each day in turn gives one of them, from the piece
    /// that was taken least so far, the earliest of those; then each day again, until the page is full. Of one date, or
    /// of fewer pieces than the page has room for, each hour is a piece: the first slot, and then those farthest from the
    /// chosen ones, an hour apart or more.
    Spread,
}

impl StartFilter {
    pub(crate) fn reads_the_clock(&self) -> bool {
        self.dates.is_some()
            || !self.weekdays.is_empty()
            || !self.parts_of_day.is_empty()
            || self.shown == Shown::Spread
    }
}
