//! Windows by the wall clock, against a clock that is looked at every minute.

use availability::{Interval, Windows, zone};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use chrono_tz::{America, Asia, Atlantic, Australia, Pacific};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use schemas::LocalTime;
use schemas::value::LocalInterval;

use crate::support::{at, date, time};

fn hours(start: &str, end: &str) -> LocalInterval {
    LocalInterval { start_time: time(start), end_time: time(end) }
}

fn all(windows: &Windows) -> Vec<Interval> {
    windows.hull().map_or_else(Vec::new, |hull| windows.within(hull).collect())
}

fn on(tz: Tz, day: &str, of_day: LocalInterval) -> Vec<Interval> {
    all(&Windows::of_dates(tz, (date(day), date(day)), |_| true, &[of_day]))
}

fn interval(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end))
}

/// Clocks went back at midnight on Saturday 4 April 2026, and forward at midnight on Sunday 6 September.
#[test]
fn hours_in_a_fold_are_two_windows_and_hours_in_a_gap_none() {
    let santiago = America::Santiago;
    assert_eq!(
        on(santiago, "2026-04-04", hours("23:30", "24:00")),
        [
            interval("2026-04-05T02:30:00Z", "2026-04-05T03:00:00Z"),
            interval("2026-04-05T03:30:00Z", "2026-04-05T04:00:00Z"),
        ]
    );
    let evening = on(santiago, "2026-04-04", hours("19:00", "24:00"));
    assert_eq!(evening.iter().map(Interval::length).sum::<TimeDelta>(), TimeDelta::hours(6));
    assert_eq!(on(santiago, "2026-09-06", hours("00:00", "00:45")), []);
    assert_eq!(
        on(santiago, "2026-09-06", hours("00:30", "02:00")),
        [interval("2026-09-06T04:00:00Z", "2026-09-06T05:00:00Z")]
    );
}

#[test]
fn a_date_that_a_zone_skipped_has_no_window() {
    let apia = Pacific::Apia;
    assert_eq!(on(apia, "2011-12-30", hours("00:00", "24:00")), []);
    let around = Windows::of_dates(
        apia,
        (date("2011-12-29"), date("2011-12-31")),
        |_| true,
        &[hours("00:00", "24:00")],
    );
    assert_eq!(all(&around).iter().map(Interval::length).sum::<TimeDelta>(), TimeDelta::days(2));
}

#[test]
fn only_the_weekdays_and_hours_asked_for_have_windows() {
    let monday = |weekday| weekday == Weekday::Mon;
    let parts = [hours("12:00", "14:00"), hours("06:00", "08:00"), hours("13:00", "15:00")];
    let windows = Windows::of_dates(Tz::UTC, (date("2026-12-01"), date("2026-12-10")), monday, &parts);
    assert_eq!(
        all(&windows),
        [
            interval("2026-12-07T06:00:00Z", "2026-12-07T08:00:00Z"),
            interval("2026-12-07T12:00:00Z", "2026-12-07T14:00:00Z"),
            interval("2026-12-07T14:00:00Z", "2026-12-07T15:00:00Z"),
        ]
    );
    assert_eq!(windows.around(at("2026-12-07T08:00:00Z")), None);
    let noon = Some(interval("2026-12-07T12:00:00Z", "2026-12-07T14:00:00Z"));
    assert_eq!(windows.around(at("2026-12-07T12:00:00Z")), noon);
    let cut: Vec<_> = windows.within(interval("2026-12-07T07:00:00Z", "2026-12-07T13:00:00Z")).collect();
    let expected = [
        interval("2026-12-07T07:00:00Z", "2026-12-07T08:00:00Z"),
        interval("2026-12-07T12:00:00Z", "2026-12-07T13:00:00Z"),
    ];
    assert_eq!(cut, expected);
}

#[test]
fn dates_that_run_backwards_or_are_not_supported_have_none() {
    let whole = [hours("00:00", "24:00")];
    let of = |first, last| Windows::of_dates(Tz::UTC, (first, last), |_| true, &whole).hull();
    assert_eq!(of(date("2026-12-02"), date("2026-12-01")), None);
    assert_eq!(of(NaiveDate::MIN, date("1899-12-31")), None);
    assert_eq!(of(date("9000-01-02"), NaiveDate::MAX), None);
}

/// The beginning of a stretch of some days, near a change of the clock in most zones.
fn begin() -> impl Strategy<Value = NaiveDate> {
    let near = [
        "2026-03-06",
        "2026-03-28",
        "2026-04-03",
        "2026-09-04",
        "2026-10-02",
        "2026-10-23",
        "2026-10-30",
        "2011-12-29",
        "2026-06-15",
    ];
    (select(near.to_vec()), -2..3_i64).prop_map(|(near, days)| date(near) + TimeDelta::days(days))
}

fn some_hours() -> impl Strategy<Value = LocalInterval> {
    (0..1440_u16, 1..800_u16).prop_map(|(start, length)| LocalInterval {
        start_time: LocalTime::try_from_minutes(start).expect("a time of day"),
        end_time: LocalTime::try_from_minutes((start + length).min(1440)).expect("a time of day"),
    })
}

fn zones() -> impl Strategy<Value = Tz> {
    select(vec![
        America::Santiago,
        America::St_Johns,
        Asia::Kathmandu,
        Atlantic::Azores,
        Australia::Lord_Howe,
        Pacific::Apia,
        Pacific::Easter,
        Tz::UTC,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_instant_lies_in_a_window_if_the_clock_shows_a_time_that_is_asked_for(
        tz in zones(),
        first in begin(),
        days in 0..5_i64,
        parts in vec(some_hours(), 1..4),
        weekdays in vec(any::<bool>(), 7),
    ) {
        let last = first + TimeDelta::days(days);
        let is_wanted = |weekday: Weekday| weekdays[weekday.num_days_from_monday() as usize];
        let windows = Windows::of_dates(tz, (first, last), is_wanted, &parts);
        let begin: DateTime<Utc> = first.and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::days(2);
        for minute in 0..(days + 5) * 1440 {
            let instant = begin + TimeDelta::minutes(minute);
            let local = zone::local(tz, instant);
            let shown = local - local.date().and_hms_opt(0, 0, 0).unwrap();
            let is_in = |hours: &LocalInterval| {
                let minutes = |time: LocalTime| TimeDelta::minutes(i64::from(time.minutes()));
                minutes(hours.start_time) <= shown && shown < minutes(hours.end_time)
            };
            let expected = (first..=last).contains(&local.date())
                && is_wanted(local.weekday())
                && parts.iter().any(is_in);
            prop_assert_eq!(windows.around(instant).is_some(), expected, "{} in {}", instant, tz);
        }
        let in_order = all(&windows);
        prop_assert!(in_order.iter().all(|window| !window.is_empty()));
        prop_assert!(in_order.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}
