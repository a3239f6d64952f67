//! Times in the language of people: *martes 1 de diciembre, 14:00 a 15:00*.
//!
//! A text is made of start, end, zone, language and the office's own zone alone, so that it is the same whenever it is made;
//! for that reason it has no year. `local`, which is always beside it, has one. Where the office's clock shows another time
//! it names the zone: *07:00 a 08:00 (hora de Isla de Pascua)*.

mod date_names;
mod phrases;
mod shown;
mod time_writer;
mod zone_names;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use self::date_names::DateNames;
use self::phrases::Phrases;
use self::shown::Shown;
pub use self::time_writer::TimeWriter;
use self::zone_names::ZoneNames;
use crate::time_text::{Localized, LocalizedInterval, TimeText};
use crate::{Interval, zone};

/// How many languages are kept ready. An office has one; those that it had before are forgotten.
const KEPT: usize = 8;

/// The words of one language, ready to write times with.
pub struct Wording {
    /// The zone that needs no name: the office's.
    home: Tz,
    names: DateNames,
    zones: ZoneNames,
    phrases: Phrases,
}

impl Wording {
    /// By the BCP 47 language tag of an office, and its zone. Dates are in every language that ICU4X has data for, otherwise in English;
    /// words such as *a* and *primera vez* there are in Spanish and English, elsewhere symbols.
    pub fn of(locale: &str, home: Tz) -> Arc<Self> {
        static READY: LazyLock<RwLock<HashMap<String, Arc<Wording>>>> = LazyLock::new(RwLock::default);
        let known = READY.read().unwrap_or_else(PoisonError::into_inner).get(locale).map(Arc::clone);
        if let Some(known) = known.filter(|known| known.home == home) {
            return known;
        }
        let made = Arc::new(Self::new(locale, home));
        let mut ready = READY.write().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(locale.to_owned(), Arc::clone(&made));
        made
    }

    fn new(locale: &str, home: Tz) -> Self {
        let names = DateNames::of(locale);
        let (zones, phrases) = (ZoneNames::of(names.locale()), Phrases::of(names.language()));
        Self { home, names, zones, phrases }
    }

    /// A time from `start` to `end` in a zone.
    pub fn time(&self, start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> TimeText {
        let time = self.time_text(Shown::of(start, zone), Some(Shown::of(end, zone)), zone);
        self.with_zone(time, [start, end])
    }

    /// Whole days in a zone, from their first date to their last: `viernes 25 de diciembre`.
    pub fn days(&self, first: NaiveDate, last: NaiveDate, zone: Tz) -> TimeText {
        let mut text = self.names.date(first).to_owned();
        if first < last {
            text.push_str(self.phrases.to());
            text.push_str(self.names.date(last));
        }
        let local = first.and_time(NaiveTime::MIN);
        TimeText { local, weekday: Arc::clone(self.names.weekday(first)), zone, text }
    }

    /// An instant in a zone.
    pub fn instant(&self, instant: DateTime<Utc>, zone: Tz) -> TimeText {
        self.with_zone(self.time_text(Shown::of(instant, zone), None, zone), [instant; 2])
    }

    /// Names the zone where the office's clock shows another time at one of these instants.
    fn with_zone(&self, mut time: TimeText, instants: [DateTime<Utc>; 2]) -> TimeText {
        let differs = |instant| zone::local(time.zone, instant) != zone::local(self.home, instant);
        if time.zone != self.home && instants.into_iter().any(differs) {
            self.phrases.write_zone(&mut time.text, self.zones.name(time.zone));
        }
        time
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

    /// What people call a zone: `Isla de Pascua`.
    pub fn zone_name(&self, zone: Tz) -> &str {
        self.zones.name(zone)
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
        let digit = |number: u32| char::from(b'0' + u8::try_from(number % 10).unwrap_or(0));
        let (hour, minute) = (local.hour(), local.minute());
        text.extend([digit(hour / 10), digit(hour), ':', digit(minute / 10), digit(minute)]);
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
