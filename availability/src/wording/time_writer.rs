//! Writes many times in one zone.

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::Wording;
use super::shown::Shown;
use crate::time_text::TimeText;
use crate::{Interval, zone};

/// Writes many times in one zone: of a date without a clock change, the zone is asked once.
#[derive(Debug)]
pub struct TimeWriter<'a> {
    wording: &'a Wording,
    zone: Tz,
    day: Option<PlainDay>,
    /// What was written last: many agents have a slot at one time.
    last: Option<(Interval, TimeText)>,
}

/// A date on which the clock shows every time once.
#[derive(Debug, Clone, Copy)]
struct PlainDay {
    interval: Interval,
    midnight: NaiveDateTime,
}

impl PlainDay {
    /// The date in which the instant lies, if it is one.
    fn of(instant: DateTime<Utc>, zone: Tz) -> Option<Self> {
        let date = zone::local_date(zone, instant);
        let interval = zone::day(zone, date);
        let is_plain = interval.contains(instant) && interval.length() == TimeDelta::days(1);
        is_plain.then_some(Self { interval, midnight: date.and_time(NaiveTime::MIN) })
    }

    fn shown(&self, instant: DateTime<Utc>) -> Option<Shown> {
        let local = || self.midnight + (instant - self.interval.start);
        self.interval.contains(instant).then(|| Shown { local: local(), pass: None })
    }
}

impl<'a> TimeWriter<'a> {
    pub(super) const fn new(wording: &'a Wording, zone: Tz) -> Self {
        Self { wording, zone, day: None, last: None }
    }

    /// A time from `start` to `end`: what [`Wording::time`] writes.
    pub fn time(&mut self, start: DateTime<Utc>, end: DateTime<Utc>) -> TimeText {
        let interval = Interval::new(start, end);
        if let Some((_, time)) = self.last.as_ref().filter(|(written, _)| *written == interval) {
            return time.clone();
        }
        if !self.day.is_some_and(|day| day.interval.contains(start)) {
            self.day = PlainDay::of(start, self.zone);
        }
        let shown = |instant| self.day.and_then(|day| day.shown(instant));
        let shown = |instant| shown(instant).unwrap_or_else(|| Shown::of(instant, self.zone));
        let time = self.wording.time_text(shown(start), Some(shown(end)), self.zone);
        let time = self.wording.with_zone(time, [start, end]);
        self.last = Some((interval, time.clone()));
        time
    }
}
