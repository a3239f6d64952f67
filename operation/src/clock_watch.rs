//! Notices a clock that jumps, or that is behind what was recorded.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::Clock;

/// A clock may be set by this much without a word.
const TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// For how long a process tells of a jump after it was last noticed.
const TOLD_FOR: Duration = Duration::from_hours(1);

/// A clock that is compared, at each look, with the time that has passed since the last one.
#[derive(Debug, Clone)]
pub struct ClockWatch {
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    last: Option<Look>,
    jump: Option<(Look, ClockTrouble)>,
    behind: Option<(Look, ClockTrouble)>,
}

/// What the clock showed, and when that was by a clock that nobody sets.
#[derive(Debug, Clone, Copy)]
struct Look {
    shown: DateTime<Utc>,
    at: Instant,
}

/// What is wrong with the clock. Display says since when, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTrouble {
    /// It went on by another amount than the time that has passed.
    Jumped {
        /// By how much too far; less than nothing if it went back.
        by: TimeDelta,
        /// What it showed after the jump.
        to: DateTime<Utc>,
    },
    /// Something was recorded at a time that it has not come to.
    Behind {
        /// That time.
        recorded_at: DateTime<Utc>,
        /// What it showed instead.
        shown: DateTime<Utc>,
    },
}

impl ClockWatch {
    /// Watches this clock from now on.
    pub fn new(clock: Clock) -> Self {
        let watch = Self { clock, seen: Arc::default() };
        watch.look();
        watch
    }

    /// The current instant. Logs a jump since the last look.
    pub fn look(&self) -> DateTime<Utc> {
        let now = Look { shown: self.clock.now(), at: Instant::now() };
        self.seen().look(now);
        now.shown
    }

    /// Compares what the clock shows with the time that something was recorded with. Logs it where the clock is far
    /// behind, but not again for every event.
    pub fn compare(&self, recorded_at: DateTime<Utc>, now: DateTime<Utc>) {
        if recorded_at - now > TOLERANCE {
            self.seen().fall_behind(recorded_at, Look { shown: now, at: Instant::now() });
        }
    }

    /// What was wrong in the last hour, if anything was. Looks at the clock.
    pub fn check(&self) -> Result<(), ClockTrouble> {
        self.look();
        self.seen().trouble(Instant::now()).map_or(Ok(()), Err)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn look(&mut self, now: Look) {
        // Two threads may look in one order and come here in the other.
        if self.last.is_some_and(|last| now.at < last.at) {
            return;
        }
        if let Some(by) = self.last.replace(now).and_then(|last| jump(last, now)) {
            let trouble = ClockTrouble::Jumped { by, to: now.shown };
            tracing::error!("{trouble}");
            self.jump = Some((now, trouble));
        }
    }

    fn fall_behind(&mut self, recorded_at: DateTime<Utc>, now: Look) {
        let trouble = ClockTrouble::Behind { recorded_at, shown: now.shown };
        let is_told = self.behind.is_some_and(|(told, _)| now.at.duration_since(told.at) < TOLD_FOR);
        if !is_told {
            tracing::error!("{trouble}");
        }
        self.behind = Some((now, trouble));
    }

    fn trouble(&self, at: Instant) -> Option<ClockTrouble> {
        let is_recent = |(noticed, _): &&(Look, ClockTrouble)| at.duration_since(noticed.at) < TOLD_FOR;
        let trouble = self.jump.iter().find(is_recent).or_else(|| self.behind.iter().find(is_recent));
        trouble.map(|(_, trouble)| *trouble)
    }
}

/// By how much the clock went on too far between two looks, if that is more than may be.
fn jump(last: Look, now: Look) -> Option<TimeDelta> {
    let passed = TimeDelta::from_std(now.at.duration_since(last.at)).unwrap_or(TimeDelta::MAX);
    let by = (now.shown - last.shown).checked_sub(&passed)?;
    (by.abs() > TOLERANCE).then_some(by)
}

impl fmt::Display for ClockTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |instant: &DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
        match self {
            Self::Jumped { by, to } => {
                let (length, direction) =
                    (Length(by.abs()), if *by < TimeDelta::zero() { "back" } else { "ahead" });
                let to = written(to);
                write!(
                    f,
                    "the clock jumped {length} {direction}, to {to}, or the machine slept; check its clock"
                )
            }
            Self::Behind { recorded_at, shown } => {
                let (behind, shown, recorded_at) =
                    (Length(*recorded_at - *shown), written(shown), written(recorded_at));
                write!(
                    f,
                    "the clock is {behind} behind: it showed {shown}, and events were recorded at {recorded_at}; \
                     check the clocks of this machine and of those that recorded them"
                )
            }
        }
    }
}

/// A length of time in days, hours and minutes, to the nearest minute.
struct Length(TimeDelta);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.checked_add(&TimeDelta::seconds(30)).unwrap_or(self.0).num_minutes();
        let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        if days > 0 {
            write!(f, "{days} d ")?;
        }
        write!(f, "{hours} h {minutes} min")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// What has been seen, and the first look.
    fn begun() -> (Seen, Look) {
        let first = Look { shown: at("2026-12-01T12:00:00Z"), at: Instant::now() };
        let mut seen = Seen::default();
        seen.look(first);
        (seen, first)
    }

    /// A look when so much time has passed, at a clock that went on by so much.
    fn later(first: Look, passed: Duration, shown: TimeDelta) -> Look {
        Look { shown: first.shown + shown, at: first.at + passed }
    }

    #[test]
    fn a_clock_that_goes_on_as_time_does_is_not_mentioned() {
        let (mut seen, first) = begun();
        let day = Duration::from_hours(24);
        seen.look(later(first, day, TimeDelta::hours(24) + TimeDelta::minutes(59)));
        seen.look(later(first, 2 * day, TimeDelta::hours(48)));
        assert_eq!(seen.trouble(first.at + 2 * day), None);
    }

    #[test]
    fn a_jump_is_told_for_an_hour_with_its_length() {
        let second = Duration::from_secs(1);
        for (shown, said) in [
            (TimeDelta::days(8), "8 d 0 h 0 min ahead, to 2026-12-09T12:00:01Z"),
            (TimeDelta::days(-1), "1 d 0 h 0 min back, to 2026-11-30T12:00:01Z"),
            (TimeDelta::minutes(61), "1 h 1 min ahead, to 2026-12-01T13:01:01Z"),
        ] {
            let (mut seen, first) = begun();
            seen.look(later(first, second, shown + TimeDelta::seconds(1)));
            let told = seen.trouble(first.at + TOLD_FOR).unwrap().to_string();
            assert!(told.contains(said), "{told}");
            assert_eq!(seen.trouble(first.at + second + TOLD_FOR), None, "{shown}");
        }
    }

    #[test]
    fn a_clock_behind_what_was_recorded_is_told_until_an_hour_after() {
        let (mut seen, first) = begun();
        seen.fall_behind(at("2262-01-01T00:00:00Z"), first);
        let told = seen.trouble(first.at).unwrap().to_string();
        assert!(told.contains("it showed 2026-12-01T12:00:00Z"), "{told}");
        assert!(told.contains("recorded at 2262-01-01T00:00:00Z"), "{told}");
        assert_eq!(seen.trouble(first.at + TOLD_FOR), None);
    }

    #[test]
    fn a_watch_looks_at_its_clock() {
        let watch = ClockWatch::new(Clock::fixed(at("1900-01-01T00:00:00Z")));
        assert_eq!(watch.check(), Ok(()));
        watch.compare(watch.look() + TOLERANCE, watch.look());
        assert_eq!(watch.check(), Ok(()));
        watch.compare(watch.look() + TimeDelta::hours(2), watch.look());
        assert!(matches!(watch.check(), Err(ClockTrouble::Behind { .. })));
    }
}
