//! Times in the language of people: *martes 1 de diciembre, 14:00 a 15:00*.
//!
//! A text is made of start, end, zone and language alone, so that it is the same whenever it is made; for that reason it
//! has no year. `local`, which is always beside it, has one.

mod date_names;
mod phrases;
mod shown;
mod time_writer;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

use self::date_names::DateNames;
use self::phrases::Phrases;
use self::shown::Shown;
pub use self::time_writer::TimeWriter;
use crate::Interval;
use crate::time_text::{Localized, LocalizedInterval, TimeText};

/// How many languages are kept ready. An office has one; those that it had before are forgotten.
const KEPT: usize = 8;

/// The words of one language, ready to write times with.
pub struct Wording {
    names: DateNames,
    phrases: Phrases,
}

impl Wording {
    /// By the BCP 47 language tag of an office. Dates are in every language that ICU4X has data for, otherwise in English;
    /// words such as *a* and *primera vez* there are in Spanish and English, elsewhere symbols.
    pub fn of(locale: &str) -> Arc<Self> {
        static READY: LazyLock<RwLock<HashMap<String, Arc<Wording>>>> = LazyLock::new(RwLock::default);
        if let Some(known) = READY.read().unwrap_or_else(PoisonError::into_inner).get(locale) {
            return Arc::clone(known);
        }
        let made = Arc::new(Self::new(locale));
        let mut ready = READY.write().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(locale.to_owned(), Arc::clone(&made));
        made
    }

    fn new(locale: &str) -> Self {
        let names = DateNames::of(locale);
        let phrases = Phrases::of(names.language());
        Self { names, phrases }
    }

    /// A time from `start` to `end` in a zone.
    pub fn time(&self, start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> TimeText {
        self.time_text(Shown::of(start, zone), Some(Shown::of(end, zone)), zone)
    }

    /// An instant in a zone.
    pub fn instant(&self, instant: DateTime<Utc>, zone: Tz) -> TimeText {
        self.time_text(Shown::of(instant, zone), None, zone)
    }

    /// Writes many times in this zone.
    pub const fn writer(&self, zone: Tz) -> TimeWriter<'_> {
        TimeWriter::new(self, zone)
    }

    /// A start and an end with their text.
    pub fn interval(&self, Interval { start, end }: Interval, zone: Tz) -> LocalizedInterval {
        LocalizedInterval { start, end, time: self.time(start, end, zone) }
    }

    /// An entry with the text of its time.
    pub fn localized<T>(&self, entry: T, time: Interval, zone: Tz) -> Localized<T> {
        Localized { entry, time: self.time(time.start, time.end, zone) }
    }

    /// A date with its year: `martes 1 de diciembre de 2026`.
    pub fn date_with_year(&self, date: NaiveDate) -> String {
        self.names.date_with_year(date)
    }

    fn time_text(&self, from: Shown, to: Option<Shown>, zone: Tz) -> TimeText {
        let (local, date) = (from.local, from.local.date());
        let name = self.names.date(date);
        // With room for the end.
        let mut text = String::with_capacity(name.len() + 32);
        text.push_str(name);
        text.push_str(", ");
        self.write_clock(&mut text, from);
        if let Some(to) = to {
            text.push_str(self.phrases.to());
            self.write_end(&mut text, date, to);
        }
        TimeText { local, weekday: Arc::clone(self.names.weekday(date)), zone, text }
    }

    /// `15:00`; on another date than it began, `00:30 del miércoles 2 de diciembre`.
    fn write_end(&self, text: &mut String, began: NaiveDate, end: Shown) {
        if end.local.date() == began {
            return self.write_clock(text, end);
        }
        let mut clock = String::new();
        self.write_clock(&mut clock, end);
        text.push_str(&self.phrases.end_on(&clock, self.names.date(end.local.date())));
    }

    /// `14:00`; where the clock shows it twice, `23:30 (primera vez)`.
    fn write_clock(&self, text: &mut String, Shown { local, pass }: Shown) {
        for (part, before) in [(local.hour(), ""), (local.minute(), ":")] {
            text.push_str(before);
            for digit in [part / 10, part % 10] {
                text.push(char::from_digit(digit, 10).unwrap_or('0'));
            }
        }
        if let Some(pass) = pass {
            self.phrases.write_pass(text, pass);
        }
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wording({})", self.names.language())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn text(locale: &str, start: &str, end: &str, zone: Tz) -> String {
        Wording::of(locale).time(at(start), at(end), zone).text
    }

    const SANTIAGO: Tz = Tz::America__Santiago;

    #[test]
    fn a_time_has_its_date_its_start_and_its_end() {
        let time =
            Wording::of("es-CL").time(at("2026-12-01T17:00:00Z"), at("2026-12-01T18:00:00Z"), SANTIAGO);
        assert_eq!(time.text, "martes 1 de diciembre, 14:00 a 15:00");
        assert_eq!((&*time.weekday, time.zone), ("martes", SANTIAGO));
        assert_eq!(time.local.to_string(), "2026-12-01 14:00:00");
        let of = |locale| text(locale, "2026-12-01T17:00:00Z", "2026-12-01T18:00:00Z", SANTIAGO);
        assert_eq!(of("en"), "Tuesday 1 December, 14:00 to 15:00");
        assert_eq!(of("xx"), "Tuesday 1 December, 14:00 to 15:00");
        assert_eq!(of("pt"), "terça-feira 1 de dezembro, 14:00 – 15:00");
    }

    #[test]
    fn an_end_on_another_day_names_that_day() {
        let of = |locale| text(locale, "2026-12-02T02:30:00Z", "2026-12-02T03:30:00Z", SANTIAGO);
        assert_eq!(of("es"), "martes 1 de diciembre, 23:30 a 00:30 del miércoles 2 de diciembre");
        assert_eq!(of("en"), "Tuesday 1 December, 23:30 to 00:30 on Wednesday 2 December");
        assert_eq!(of("pt"), "terça-feira 1 de dezembro, 23:30 – quarta-feira 2 de dezembro, 00:30");
    }

    /// On 4 April 2026 the clock in Santiago goes from 24:00 back to 23:00, at 03:00 UTC.
    #[test]
    fn a_time_that_happens_twice_says_which_one_it_is() {
        let of = |start, end| text("es", start, end, SANTIAGO);
        assert_eq!(
            of("2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z"),
            "sábado 4 de abril, 23:30 (primera vez) a 23:30 (segunda vez)"
        );
        assert_eq!(
            of("2026-04-05T02:30:00Z", "2026-04-05T03:00:00Z"),
            "sábado 4 de abril, 23:30 (primera vez) a 23:00 (segunda vez)"
        );
        assert_eq!(
            of("2026-04-05T03:30:00Z", "2026-04-05T04:00:00Z"),
            "sábado 4 de abril, 23:30 (segunda vez) a 00:00 del domingo 5 de abril"
        );
        assert_eq!(
            of("2026-04-05T01:30:00Z", "2026-04-05T02:30:00Z"),
            "sábado 4 de abril, 22:30 a 23:30 (primera vez)"
        );
        assert_eq!(
            text("en", "2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z", SANTIAGO),
            "Saturday 4 April, 23:30 (first time) to 23:30 (second time)"
        );
        assert_eq!(
            text("pt", "2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z", SANTIAGO),
            "sábado 4 de abril, 23:30 (UTC-03:00) – 23:30 (UTC-04:00)"
        );
    }

    #[test]
    fn slots_of_the_same_wall_clock_time_differ_in_text() {
        let first = Wording::of("es").time(at("2026-04-05T02:00:00Z"), at("2026-04-05T02:30:00Z"), SANTIAGO);
        let second = Wording::of("es").time(at("2026-04-05T03:00:00Z"), at("2026-04-05T03:30:00Z"), SANTIAGO);
        assert_eq!(first.local, second.local);
        assert_ne!(first.text, second.text);
    }

    /// On 5 September 2026 the clock in Santiago goes from 24:00 on to 01:00, at 04:00 UTC.
    #[test]
    fn an_hour_that_is_skipped_is_not_in_the_text() {
        assert_eq!(
            text("es", "2026-09-06T03:30:00Z", "2026-09-06T04:30:00Z", SANTIAGO),
            "sábado 5 de septiembre, 23:30 a 01:30 del domingo 6 de septiembre"
        );
    }

    #[test]
    fn an_instant_has_its_date_and_its_time() {
        assert_eq!(
            Wording::of("es").instant(at("2026-04-05T03:30:00Z"), SANTIAGO).text,
            "sábado 4 de abril, 23:30 (segunda vez)"
        );
    }

    #[test]
    fn every_time_has_a_text() {
        for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(!Wording::of("es").time(time, time, SANTIAGO).text.is_empty());
        }
    }
}
