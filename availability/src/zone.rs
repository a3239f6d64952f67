//! Conversion between the wall clock of a zone and instants.
//!
//! A clock change makes a *gap*, wall-clock times that the clock skips, or a *fold*, times that it shows twice. A time
//! in a command must name one instant, so [`resolve`] refuses a gap, and a fold without its offset. Repeating times
//! (hours, blocks) must mean something on every date, so [`start_instant`] and [`end_instant`] always return an
//! instant.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemas::{LocalDateTime, LocalTime, TimeInput};
use thiserror::Error;

use crate::Interval;
use crate::zone_rules::{self, Shown};

/// The supported instants, the years 1900 to 8999. Nothing outside is ever free, and no command may name it: other
/// systems, databases among them, cannot represent every time.
pub const SUPPORTED_RANGE: Interval = Interval::new(instant(-2_208_988_800), instant(221_845_392_000));

const fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("SUPPORTED_RANGE lies within what chrono can express")
}

/// A date or time outside of [`SUPPORTED_RANGE`]. Display says what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("dates and times must lie in the years 1900 to 8999")]
pub struct OutOfRange;

/// Checks that the instant lies within [`SUPPORTED_RANGE`].
pub fn check_instant(instant: DateTime<Utc>) -> Result<(), OutOfRange> {
    if SUPPORTED_RANGE.contains(instant) { Ok(()) } else { Err(OutOfRange) }
}

/// Checks that the date, read in UTC, lies within [`SUPPORTED_RANGE`].
pub fn check_date(date: NaiveDate) -> Result<(), OutOfRange> {
    check_instant(date.and_time(NaiveTime::MIN).and_utc())
}

/// A time that does not name one supported instant. Display says what to send instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidTime {
    /// The clock skips it.
    #[error("{local} does not exist in {zone}: the clock skips it; send {next} or later")]
    Gap {
        /// The time that was sent.
        local: NaiveDateTime,
        /// The zone it was sent with.
        zone: Tz,
        /// The first wall-clock time after the gap.
        next: NaiveDateTime,
    },
    /// The clock shows it twice and no offset says which is meant.
    #[error(
        "{local} happens twice in {zone}; send \"offset\": \"{first}\" for the first or \"{second}\" for the second"
    )]
    Ambiguous {
        /// The time that was sent.
        local: NaiveDateTime,
        /// The zone it was sent with.
        zone: Tz,
        /// The offset of the first pass.
        first: FixedOffset,
        /// The offset of the second pass.
        second: FixedOffset,
    },
    /// The offset sent is not one that the zone has at that time.
    #[error("{zone} has the offset {expected} at {local}, not {offset}; send {expected}, or no offset")]
    Offset {
        /// The time that was sent.
        local: NaiveDateTime,
        /// The zone it was sent with.
        zone: Tz,
        /// The offset that was sent.
        offset: FixedOffset,
        /// The zone's own offset then; in a fold, that of the first pass.
        expected: FixedOffset,
    },
    /// It lies outside of [`SUPPORTED_RANGE`].
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// The instant that a client's time names, within [`SUPPORTED_RANGE`].
pub fn resolve(input: &TimeInput) -> Result<DateTime<Utc>, InvalidTime> {
    let instant = match input {
        TimeInput::Instant(instant) => instant.to_utc(),
        TimeInput::Local(wall) => {
            // Checked first, because adding the zone's offset could exceed what chrono can represent.
            check_instant(wall.local.and_utc())?;
            resolve_local(wall)?
        }
    };
    check_instant(instant)?;
    Ok(instant)
}

fn resolve_local(wall: &LocalDateTime) -> Result<DateTime<Utc>, InvalidTime> {
    let (local, zone) = (wall.local, wall.zone);
    let (first, second) = match zone_rules::shown(zone, local) {
        Shown::Never { gap_end } => {
            return Err(InvalidTime::Gap { local, zone, next: self::local(zone, gap_end) });
        }
        Shown::Once(only) => (only, only),
        Shown::Twice { first, second } => (first, second),
    };
    match wall.offset {
        Some(offset) if offset == first || offset == second => Ok(at(local, offset)),
        Some(offset) => Err(InvalidTime::Offset { local, zone, offset, expected: first }),
        None if first == second => Ok(at(local, first)),
        None => Err(InvalidTime::Ambiguous { local, zone, first, second }),
    }
}

/// The instant at which a clock with this offset shows a wall-clock time; where chrono cannot represent it, the same
/// time in UTC.
fn at(local: NaiveDateTime, offset: FixedOffset) -> DateTime<Utc> {
    local.checked_sub_offset(offset).unwrap_or(local).and_utc()
}

/// The instant at which something that begins at this wall-clock time begins: in a gap, where the gap ends; in a
/// fold, on the first pass.
pub fn start_instant(tz: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone_rules::shown(tz, local) {
        Shown::Once(offset) | Shown::Twice { first: offset, .. } => at(local, offset),
        Shown::Never { gap_end } => gap_end,
    }
}

/// The instant at which something that ends at this wall-clock time ends: in a gap, where the gap ends; in a fold,
/// on the second pass.
///
/// The end itself is excluded, so the moment before it counts: an interval that ends exactly where a fold begins ends
/// before the first pass, without any of the repeated time.
pub fn end_instant(tz: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let Some(last) = local.checked_sub_signed(TimeDelta::nanoseconds(1)) else {
        return start_instant(tz, local);
    };
    match zone_rules::shown(tz, last) {
        Shown::Once(offset) | Shown::Twice { second: offset, .. } => at(local, offset),
        Shown::Never { gap_end } => gap_end,
    }
}

/// The wall-clock time of an instant; where chrono cannot represent it, the time in UTC.
pub fn local(tz: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    let utc = instant.naive_utc();
    utc.checked_add_offset(zone_rules::offset_at(tz, instant)).unwrap_or(utc)
}

/// Whether the zone has other rules than when a start was agreed on as this wall-clock time: its clock no longer shows it
/// at that instant.
pub fn has_other_rules(tz: Tz, local_start: NaiveDateTime, start: DateTime<Utc>) -> bool {
    local(tz, start) != local_start
}

/// The wall-clock date of an instant.
pub fn local_date(tz: Tz, instant: DateTime<Utc>) -> NaiveDate {
    local(tz, instant).date()
}

/// A local date as an interval: 23 or 25 hours long where the clock changes, empty where a zone skipped the date.
pub fn day(tz: Tz, date: NaiveDate) -> Interval {
    let start = start_instant(tz, date.and_time(NaiveTime::MIN));
    let next = date.succ_opt().map_or(start, |next| start_instant(tz, next.and_time(NaiveTime::MIN)));
    Interval::new(start, next)
}

/// The release of the IANA time zone database that is compiled in, such as `2026f`.
pub const fn tzdb_version() -> &'static str {
    zone_rules::version()
}

/// Wall-clock hours that begin on a date as an interval; empty when they lie wholly in a gap. An end before the start is
/// on the next date.
pub(crate) fn wall_interval(tz: Tz, date: NaiveDate, start: LocalTime, end: LocalTime) -> Interval {
    let midnight = date.and_time(NaiveTime::MIN);
    let at = |time: LocalTime| midnight + TimeDelta::minutes(i64::from(time.minutes()));
    let next_date = TimeDelta::days(i64::from(end < start));
    Interval::new(start_instant(tz, at(start)), end_instant(tz, at(end) + next_date))
}
