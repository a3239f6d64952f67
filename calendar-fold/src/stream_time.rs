//! How far the time of a stream has come, by clocks that may jump.
//!
//! A fold knows no clock but the readings that its events carry, and any of them may be wrong: a clock can be years
//! ahead for one command, or for an hour. So what a fold forgets does not depend on one reading:
//!
//! - *How much time has passed* counts at most an hour between two events, and nothing where the clock went back.
//! - *What is past for sure* is what even the lowest of the readings of some days calls past.
//!
//! Both err towards remembering: of a quiet stream, things are kept for more days than they have to be.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::{ClockReading, Metadata};
use serde::{Deserialize, Serialize};

/// Readings within an hour are of one clock, give or take: processes differ a little.
const TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// For how much passed time, and at most for twice as much, a reading counts as one of the lowest.
const WINDOW: TimeDelta = TimeDelta::days(3);

/// How far a clock that went back has to get by itself until its readings count again.
const BELIEVED_AFTER: TimeDelta = TimeDelta::days(7);

/// An event tells the lowest reading if that is more than this before its own time.
const LOWEST_TOLD_AFTER: TimeDelta = TimeDelta::days(31);

/// The time of a stream, or of the whole log: folded from the readings of its events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamTime {
    /// The latest `recorded_at`.
    recorded: Option<DateTime<Utc>>,
    /// The reading that the next one is compared with.
    latest: Option<DateTime<Utc>>,
    /// The first of the readings that are more than [`TOLERANCE`] before `latest`, if the last was one of them.
    behind_since: Option<DateTime<Utc>>,
    passed_micros: i64,
    /// The lowest reading since `window_began_micros`, and that of the window before.
    lowest: Option<DateTime<Utc>>,
    lowest_before: Option<DateTime<Utc>>,
    window_began_micros: i64,
}

impl StreamTime {
    /// Takes in the next event.
    pub fn note(&mut self, metadata: &Metadata) {
        self.observe(metadata.clock_showed(), metadata.recorded_at);
    }

    /// Takes in an event that was decided when the clock showed `shown`.
    pub fn observe(&mut self, shown: DateTime<Utc>, recorded_at: DateTime<Utc>) {
        self.recorded = self.recorded.max(Some(recorded_at));
        self.pass(shown);
        if self.passed_micros - self.window_began_micros >= micros(WINDOW) {
            self.lowest_before = self.lowest.replace(shown);
            self.window_began_micros = self.passed_micros;
        } else {
            self.lowest = Some(self.lowest.map_or(shown, |lowest| lowest.min(shown)));
        }
    }

    fn pass(&mut self, shown: DateTime<Utc>) {
        let latest = *self.latest.get_or_insert(shown);
        if shown >= before(latest, TOLERANCE) {
            let passed = (shown - latest).clamp(TimeDelta::zero(), TOLERANCE);
            self.passed_micros = self.passed_micros.saturating_add(micros(passed));
            self.latest = Some(latest.max(shown));
            self.behind_since = None;
        } else if shown - *self.behind_since.get_or_insert(shown) >= BELIEVED_AFTER {
            self.latest = Some(shown);
            self.behind_since = None;
        }
    }

    /// How much time has passed since the first event, by a count that no single reading moves by more than an hour.
    pub fn passed(&self) -> TimeDelta {
        TimeDelta::microseconds(self.passed_micros)
    }

    /// The instant that every reading of the last days lies after; none before the first event. What ended by then is
    /// past, whichever of the readings is wrong.
    pub fn lowest(&self) -> Option<DateTime<Utc>> {
        self.lowest.map(|lowest| self.lowest_before.map_or(lowest, |before| before.min(lowest)))
    }

    /// The latest time that was recorded.
    pub fn recorded(&self) -> Option<DateTime<Utc>> {
        self.recorded
    }

    /// The `recorded_at` of an event that is decided while the clock shows `now`: never before that of the event before
    /// it. With it goes the reading, where the two differ or where the reading is much later than others.
    pub fn stamp(&self, now: DateTime<Utc>) -> (DateTime<Utc>, Option<ClockReading>) {
        let recorded_at = self.recorded.map_or(now, |recorded| recorded.max(now));
        let lowest = self.lowest().map_or(now, |lowest| lowest.min(now));
        let is_plain = recorded_at == now && now - lowest <= LOWEST_TOLD_AFTER;
        (recorded_at, (!is_plain).then_some(ClockReading { shown: now, lowest }))
    }
}

fn micros(delta: TimeDelta) -> i64 {
    delta.num_microseconds().unwrap_or(i64::MAX)
}

/// The instant that is so much earlier, or the first there is.
pub fn before(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn begin() -> DateTime<Utc> {
        at("2026-12-01T12:00:00Z")
    }

    /// A stream that has had an event every half hour for ten days.
    fn busy() -> (StreamTime, DateTime<Utc>) {
        let mut time = StreamTime::default();
        for half_hour in 0..=480 {
            observe(&mut time, begin() + TimeDelta::minutes(30 * half_hour));
        }
        (time, begin() + TimeDelta::days(10))
    }

    /// As a writer does: with the stamp that the time itself gives.
    fn observe(time: &mut StreamTime, now: DateTime<Utc>) {
        let (recorded_at, _) = time.stamp(now);
        time.observe(now, recorded_at);
    }

    #[test]
    fn time_passes_as_a_steady_clock_shows() {
        let (time, now) = busy();
        assert_eq!(time.passed(), TimeDelta::days(10));
        let lowest = time.lowest().unwrap();
        assert!((3..=6).contains(&(now - lowest).num_days()), "{lowest}");
    }

    #[test]
    fn no_wrong_reading_passes_more_than_an_hour_or_makes_anything_past() {
        for wrong in ["2026-12-19T12:00:00Z", "2262-01-01T00:00:00Z", "8999-12-01T00:00:00Z"] {
            let (mut time, now) = busy();
            // Commands go on for a day by the wrong clock.
            for minute in 0..1440 {
                observe(&mut time, at(wrong) + TimeDelta::minutes(minute));
            }
            assert!(time.passed() <= TimeDelta::days(11) + TOLERANCE, "{wrong}: {}", time.passed());
            assert!(time.lowest().unwrap() < now, "{wrong}");
            let passed = time.passed();
            observe(&mut time, now + TimeDelta::days(1));
            assert_eq!(time.passed(), passed, "{wrong}: and going back passes nothing");
        }
    }

    #[test]
    fn a_clock_that_went_back_makes_nothing_past_and_passes_nothing() {
        for wrong in ["2026-12-10T11:00:00Z", "1970-01-01T00:00:00Z", "1900-01-01T00:00:00Z"] {
            let (mut time, now) = busy();
            observe(&mut time, at(wrong));
            assert!(time.lowest().unwrap() <= at(wrong), "{wrong}");
            observe(&mut time, now + TimeDelta::minutes(1));
            assert_eq!(time.passed(), TimeDelta::days(10) + TimeDelta::minutes(1), "{wrong}");
        }
    }

    #[test]
    fn processes_with_different_clocks_do_not_add_up() {
        for ahead in [TimeDelta::milliseconds(5), TimeDelta::minutes(50), TimeDelta::days(8)] {
            let (mut time, now) = busy();
            for second in 0..10_000 {
                observe(&mut time, now + TimeDelta::seconds(second) + ahead);
                observe(&mut time, now + TimeDelta::seconds(second));
            }
            let real = TimeDelta::days(10) + TimeDelta::seconds(10_000);
            assert!(time.passed() <= real + TOLERANCE, "{ahead}: {}", time.passed());
        }
    }

    #[test]
    fn time_passes_again_once_a_wrong_clock_is_long_over() {
        let (mut time, now) = busy();
        observe(&mut time, at("2262-01-01T00:00:00Z"));
        for half_hour in 0..720 {
            observe(&mut time, now + TimeDelta::minutes(30 * half_hour));
        }
        assert!(time.passed() > TimeDelta::days(12), "{}", time.passed());
        assert!(time.lowest().unwrap() > now, "{time:?}");
    }

    #[test]
    fn the_recorded_time_never_goes_back_and_the_reading_is_told_where_it_differs() {
        let (mut time, now) = busy();
        assert_eq!(time.stamp(now), (now, None));
        observe(&mut time, now + TimeDelta::days(8));
        let (recorded_at, reading) = time.stamp(now + TimeDelta::minutes(1));
        assert_eq!(recorded_at, now + TimeDelta::days(8));
        assert_eq!(reading.map(|reading| reading.shown), Some(now + TimeDelta::minutes(1)));
    }

    #[test]
    fn a_reading_far_ahead_of_others_tells_the_lowest_of_them() {
        let (mut time, now) = busy();
        let wrong = at("2262-01-01T00:00:00Z");
        for minute in 0..100 {
            let (recorded_at, reading) = time.stamp(wrong + TimeDelta::minutes(minute));
            assert!(reading.clone().unwrap().lowest < now, "{reading:?}");
            time.observe(wrong + TimeDelta::minutes(minute), recorded_at);
        }
    }

    #[test]
    fn the_ends_of_what_an_instant_can_be_are_readings_too() {
        let (mut time, _) = busy();
        for shown in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, begin()] {
            observe(&mut time, shown);
        }
        assert!(time.passed() <= TimeDelta::days(10) + TOLERANCE * 2);
    }
}
