//! Dates in every language, by the data of ICU4X, always of the Gregorian calendar and with the digits 0 to 9.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, TimeDelta};
use icu_calendar::Gregorian;
use icu_datetime::fieldsets::{E, MDE, YMDE};
use icu_datetime::input::Date;
use icu_datetime::{DateTimeFormatterPreferences, FixedCalendarDateTimeFormatter};
use icu_locale_core::Locale;

/// What a language that is not known is taken for: English with the day before the month, as Spanish has it.
const OTHERWISE: &str = "en-GB";
/// Weekdays of the days of a year, Monday first.
const WEEKDAYS: usize = 7;
/// In so many years every day of the year falls on every weekday.
const YEARS: i32 = 28;

/// The names of weekdays, and of every day of a year on every weekday.
pub(super) struct DateNames {
    /// The tag that the data is found under.
    locale: Locale,
    weekdays: [Arc<str>; WEEKDAYS],
    dates: Vec<Box<str>>,
}

impl DateNames {
    /// By a BCP 47 language tag.
    pub(super) fn of(tag: &str) -> Self {
        let root = weekdays(&Locale::UNKNOWN);
        let known = |tag: &str| {
            let locale = locale(tag)?;
            let weekdays = weekdays(&locale)?;
            // What has no data of its own has the root's, which is of no language.
            (Some(&weekdays) != root.as_ref()).then_some((locale, weekdays))
        };
        let (locale, weekdays) =
            known(tag).or_else(|| known(OTHERWISE)).expect("the data of English is compiled in");
        let dates = dates(&locale).expect("who has names of weekdays has dates");
        Self { locale, weekdays, dates }
    }

    /// The language, such as `es`.
    pub(super) fn language(&self) -> &str {
        self.locale.id.language.as_str()
    }

    pub(super) const fn locale(&self) -> &Locale {
        &self.locale
    }

    pub(super) fn weekday(&self, date: NaiveDate) -> &Arc<str> {
        &self.weekdays[date.weekday().num_days_from_monday() as usize]
    }

    /// `martes 1 de diciembre`
    pub(super) fn date(&self, date: NaiveDate) -> &str {
        &self.dates[index_of(date)]
    }

    /// `martes 1 de diciembre de 2026`; not made ready, as there are many years and few who ask.
    pub(super) fn date_with_year(&self, date: NaiveDate) -> String {
        let preferences = DateTimeFormatterPreferences::from(&self.locale);
        let formatter = FixedCalendarDateTimeFormatter::<Gregorian, YMDE>::try_new(preferences, YMDE::long())
            .expect("who has dates has them with the year");
        plain(&formatter.format(&gregorian(date)).to_string())
    }
}

/// The tag as ICU4X reads it; none if it is no tag.
fn locale(tag: &str) -> Option<Locale> {
    let tag = tag.replace('_', "-");
    // English of no country would have the month first.
    let tag = if tag.eq_ignore_ascii_case("en") { OTHERWISE } else { tag.as_str() };
    let digits = if tag.contains("-u-") { "" } else { "-u-nu-latn" };
    Locale::try_from_str(&format!("{tag}{digits}")).ok()
}

fn weekdays(locale: &Locale) -> Option<[Arc<str>; WEEKDAYS]> {
    let preferences = DateTimeFormatterPreferences::from(locale);
    let formatter = FixedCalendarDateTimeFormatter::<Gregorian, E>::try_new(preferences, E::long()).ok()?;
    let monday = NaiveDate::from_ymd_opt(2024, 1, 1)?;
    Some(std::array::from_fn(|days| {
        let date = monday + TimeDelta::days(i64::try_from(days).expect("a week has seven days"));
        formatter.format(&gregorian(date)).to_string().into()
    }))
}

fn dates(locale: &Locale) -> Option<Vec<Box<str>>> {
    let preferences = DateTimeFormatterPreferences::from(locale);
    let formatter =
        FixedCalendarDateTimeFormatter::<Gregorian, MDE>::try_new(preferences, MDE::long()).ok()?;
    let mut dates = vec![Box::default(); 366 * WEEKDAYS];
    let first = NaiveDate::from_ymd_opt(2000, 1, 1)?;
    let last = NaiveDate::from_ymd_opt(2000 + YEARS, 1, 1)?;
    for date in first.iter_days().take_while(|date| *date < last) {
        let known: &mut Box<str> = &mut dates[index_of(date)];
        if known.is_empty() {
            *known = plain(&formatter.format(&gregorian(date)).to_string()).into();
        }
    }
    Some(dates)
}

/// A day of a leap year, on a weekday.
fn index_of(date: NaiveDate) -> usize {
    let skips_a_day = date.month() > 2 && !date.leap_year();
    let day = date.ordinal0() as usize + usize::from(skips_a_day);
    day * WEEKDAYS + date.weekday().num_days_from_monday() as usize
}

/// Without the comma between weekday and day: the time comes after a comma.
fn plain(date: &str) -> String {
    match date.split_once(", ") {
        Some((weekday, day)) if day.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{weekday} {day}")
        }
        _ => date.to_owned(),
    }
}

fn gregorian(date: NaiveDate) -> Date<Gregorian> {
    let (month, day) = (date.month(), date.day());
    let part = |part: u32| u8::try_from(part).expect("a month or a day of a month");
    // No supported time lies in a year that ICU4X does not have.
    Date::try_new_gregorian(date.year(), part(month), part(day))
        .or_else(|_| Date::try_new_gregorian(2000, part(month), part(day)))
        .expect("a leap year has every day")
}
