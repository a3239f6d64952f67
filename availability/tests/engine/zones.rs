//! Conversion between wall-clock times and instants, at gaps and folds.

use availability::zone::{self, InvalidTime, OutOfRange};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Africa::Casablanca;
use chrono_tz::America::{Coyhaique, Havana, Punta_Arenas, Santiago, Vancouver};
use chrono_tz::Australia::Lord_Howe;
use chrono_tz::Pacific::{Apia, Easter};
use schemas::TimeInput;

use crate::support::{at, date};

fn input(json: &str) -> TimeInput {
    serde_json::from_str(json).expect("a test's time")
}

#[test]
fn santiago_has_no_midnight_on_its_spring_day_and_two_last_hours_on_its_autumn_day() {
    let spring = zone::day(Santiago, date("2026-09-06"));
    assert_eq!(spring.length(), TimeDelta::hours(23));
    assert_eq!(zone::local(Santiago, spring.start).to_string(), "2026-09-06 01:00:00");
    let autumn = zone::day(Santiago, date("2026-04-04"));
    assert_eq!(autumn.length(), TimeDelta::hours(25));
    assert_eq!(zone::day(Santiago, date("2026-04-05")).start, autumn.end);
}

#[test]
fn easter_changes_its_clock_two_hours_before_its_own_midnight() {
    assert_eq!(zone::day(Easter, date("2026-09-05")).length(), TimeDelta::hours(23));
    assert_eq!(zone::day(Easter, date("2026-04-04")).length(), TimeDelta::hours(25));
}

#[test]
fn the_south_never_changes_its_clock() {
    for tz in [Punta_Arenas, Coyhaique] {
        assert_eq!(zone::day(tz, date("2026-09-06")).length(), TimeDelta::hours(24));
        assert_eq!(zone::day(tz, date("2026-04-04")).length(), TimeDelta::hours(24));
        assert_eq!(
            zone::start_instant(tz, "2026-06-01T00:00:00".parse().unwrap()),
            at("2026-06-01T03:00:00Z")
        );
    }
}

#[test]
fn what_begins_or_ends_in_a_gap_does_so_where_the_gap_ends() {
    let gap_end = at("2026-09-06T04:00:00Z");
    for local in ["2026-09-06T00:00:00", "2026-09-06T00:30:00", "2026-09-06T00:59:59", "2026-09-06T01:00:00"]
    {
        assert_eq!(zone::start_instant(Santiago, local.parse().unwrap()), gap_end, "{local}");
        assert_eq!(zone::end_instant(Santiago, local.parse().unwrap()), gap_end, "{local}");
    }
}

#[test]
fn in_a_fold_a_start_is_the_first_pass_and_an_end_the_second() {
    let half = "2026-04-04T23:30:00".parse().unwrap();
    assert_eq!(zone::start_instant(Santiago, half), at("2026-04-05T02:30:00Z"));
    assert_eq!(zone::end_instant(Santiago, half), at("2026-04-05T03:30:00Z"));
}

#[test]
fn what_ends_where_a_fold_begins_ends_before_the_first_pass() {
    let fold = "2026-04-04T23:00:00".parse().unwrap();
    assert_eq!(zone::end_instant(Santiago, fold), at("2026-04-05T02:00:00Z"));
    // Havana repeats 00:00 to 00:59: the day before ends with the first midnight.
    let midnight = "2027-11-07T00:00:00".parse().unwrap();
    assert_eq!(zone::end_instant(Havana, midnight), at("2027-11-07T04:00:00Z"));
    assert_eq!(zone::day(Havana, date("2027-11-07")).length(), TimeDelta::hours(25));
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    assert_eq!(zone::day(Lord_Howe, date("2026-10-04")).length(), TimeDelta::minutes(23 * 60 + 30));
    assert_eq!(zone::day(Lord_Howe, date("2026-04-05")).length(), TimeDelta::minutes(24 * 60 + 30));
}

#[test]
fn a_date_that_a_zone_skipped_is_empty() {
    assert!(zone::day(Apia, date("2011-12-30")).is_empty());
}

#[test]
fn a_time_that_names_an_instant_is_that_instant() {
    assert_eq!(zone::resolve(&input(r#""2026-12-15T14:00:00-03:00""#)), Ok(at("2026-12-15T17:00:00Z")));
    let local = input(r#"{"local": "2026-12-15T14:00", "zone": "America/Santiago"}"#);
    assert_eq!(zone::resolve(&local), Ok(at("2026-12-15T17:00:00Z")));
    let with_offset =
        input(r#"{"local": "2026-12-15T14:00", "zone": "America/Santiago", "offset": "-03:00"}"#);
    assert_eq!(zone::resolve(&with_offset), Ok(at("2026-12-15T17:00:00Z")));
}

#[test]
fn a_time_that_is_out_of_reach_is_refused_before_its_zone_is_asked() {
    for local in ["-9999-01-01T00:00", "+99999-01-01T00:00", "-262143-01-01T00:00", "+262142-12-31T23:59"] {
        for zone in ["America/Santiago", "Pacific/Apia", "UTC"] {
            let json = format!(r#"{{"local": "{local}", "zone": "{zone}"}}"#);
            assert_eq!(zone::resolve(&input(&json)), Err(InvalidTime::OutOfRange(OutOfRange)), "{json}");
        }
    }
    for instant in ["0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "9000-01-01T00:00:00Z"] {
        let json = format!("{instant:?}");
        assert_eq!(zone::resolve(&input(&json)), Err(InvalidTime::OutOfRange(OutOfRange)), "{json}");
    }
    assert_eq!(zone::resolve(&input(r#""1900-01-01T00:00:00Z""#)), Ok(zone::SUPPORTED_RANGE.start));
    for (zone, instant) in [(Santiago, DateTime::<Utc>::MIN_UTC), (Apia, DateTime::<Utc>::MAX_UTC)] {
        assert_eq!(zone::local(zone, instant), instant.naive_utc());
    }
}

#[test]
fn a_time_in_a_gap_is_refused_with_where_the_clock_goes_on() {
    let error =
        zone::resolve(&input(r#"{"local": "2026-09-06T00:30", "zone": "America/Santiago"}"#)).unwrap_err();
    assert!(matches!(error, InvalidTime::Gap { next, .. } if next.to_string() == "2026-09-06 01:00:00"));
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[test]
fn a_time_in_a_fold_needs_its_offset() {
    let bare = zone::resolve(&input(r#"{"local": "2026-04-04T23:30", "zone": "America/Santiago"}"#));
    assert!(matches!(bare, Err(InvalidTime::Ambiguous { .. })));
    assert!(bare.unwrap_err().to_string().contains("\"-03:00\""));
    for (offset, instant) in [("-03:00", "2026-04-05T02:30:00Z"), ("-04:00", "2026-04-05T03:30:00Z")] {
        let json =
            format!(r#"{{"local": "2026-04-04T23:30", "zone": "America/Santiago", "offset": "{offset}"}}"#);
        assert_eq!(zone::resolve(&input(&json)), Ok(at(instant)));
    }
}

#[test]
fn an_offset_that_the_zone_does_not_have_then_is_refused() {
    for local in ["2026-12-15T14:00", "2026-04-04T23:30"] {
        let json = format!(r#"{{"local": "{local}", "zone": "America/Santiago", "offset": "-05:00"}}"#);
        assert!(matches!(zone::resolve(&input(&json)), Err(InvalidTime::Offset { .. })), "{local}");
    }
}

#[test]
fn what_was_decided_since_2025_is_known() {
    for (zone, instant, local) in [
        // They stay at summer time.
        (Vancouver, "2026-12-15T12:00:00Z", "2026-12-15 05:00:00"),
        (Havana, "2026-12-15T12:00:00Z", "2026-12-15 08:00:00"),
        // It went back to UTC in September 2026, to stay there.
        (Casablanca, "2026-12-15T12:00:00Z", "2026-12-15 12:00:00"),
    ] {
        assert_eq!(zone::local(zone, at(instant)).to_string(), local, "{zone}");
    }
}

#[test]
fn the_time_zone_database_has_a_release() {
    let release = availability::zone::tzdb_version();
    let (year, letter) = release.split_at(4);
    assert!(year.parse::<u16>().is_ok_and(|year| year >= 2026), "{release}: Vancouver stays at summer time");
    assert!(letter.len() == 1 && letter.chars().all(|letter| letter.is_ascii_lowercase()), "{release}");
}
