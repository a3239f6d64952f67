use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SubsecRound, Utc};

/// The earliest and latest instant that a clock shows, whatever the machine's says: the years that every store and
/// every reader can keep.
const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(-2_208_988_800, 0).expect("the year 1900");
const LATEST: DateTime<Utc> = DateTime::from_timestamp(221_845_391_999, 0).expect("the end of the year 8999");

/// The clock. Read at the edge, once for each request, and passed on as `now`.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Source);

#[derive(Debug, Clone, Copy)]
enum Source {
    System,
    Fixed(DateTime<Utc>),
    ReadBy(fn() -> DateTime<Utc>),
}

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still.
    pub const fn fixed(instant: DateTime<Utc>) -> Self {
        Self(Source::Fixed(instant))
    }

    /// A clock that shows what this function returns.
    pub const fn read_by(read: fn() -> DateTime<Utc>) -> Self {
        Self(Source::ReadBy(read))
    }

    /// The current instant, truncated to microseconds as in events and databases, within the years 1900 to 8999.
    #[expect(clippy::disallowed_methods, reason = "the edge is where time comes in")]
    pub fn now(&self) -> DateTime<Utc> {
        let shown = match self.0 {
            Source::System => instant(SystemTime::now()),
            Source::Fixed(instant) => instant,
            Source::ReadBy(read) => read(),
        };
        shown.trunc_subsecs(6).clamp(EARLIEST, LATEST)
    }
}

/// Unlike chrono's own conversion, this knows a clock that shows no date at all.
fn instant(shown: SystemTime) -> DateTime<Utc> {
    let (since, is_before) = match shown.duration_since(UNIX_EPOCH) {
        Ok(since) => (since, false),
        Err(error) => (error.duration(), true),
    };
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    let farthest = if is_before { EARLIEST } else { LATEST };
    DateTime::from_timestamp_micros(if is_before { -micros } else { micros }).unwrap_or(farthest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_instant_is_to_the_microsecond() {
        let fixed = Clock::fixed("2026-12-15T17:00:00.123456789Z".parse().unwrap());
        assert_eq!(fixed.now().to_rfc3339(), "2026-12-15T17:00:00.123456+00:00");
        let system = Clock::system().now();
        assert_eq!(system, system.trunc_subsecs(6));
    }

    #[test]
    fn any_clock_of_a_machine_is_an_instant() {
        let far = Duration::from_secs(i64::MAX.unsigned_abs() / 2);
        assert_eq!(instant(UNIX_EPOCH + far), LATEST);
        assert_eq!(instant(UNIX_EPOCH - far), EARLIEST);
        let ago = instant(UNIX_EPOCH - Duration::from_millis(1_500));
        assert_eq!(ago.to_rfc3339(), "1969-12-31T23:59:58.500+00:00");
    }

    #[test]
    fn no_clock_shows_a_year_that_cannot_be_stored() {
        for shown in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!((EARLIEST..=LATEST).contains(&Clock::fixed(shown).now()));
        }
    }
}
