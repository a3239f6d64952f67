//! The wall clock, read here and nowhere else in this crate.

use std::time::{SystemTime, UNIX_EPOCH};

const TICKS_PER_SECOND: i64 = 10_000_000;
/// The end of the year 8999, after which nothing can be stored elsewhere either.
const LATEST: Ticks = Ticks(221_845_391_999 * TICKS_PER_SECOND);

/// An instant in ticks of 100 ns since the Unix epoch: the unit of the protocol's `created`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticks(pub(crate) i64);

impl Ticks {
    #[expect(
        clippy::disallowed_methods,
        reason = "the node is an edge: it timestamps what it stores, and no caller passes the time in"
    )]
    pub(crate) fn now() -> Self {
        Self::of(SystemTime::now())
    }

    /// What a clock shows, between 1970 and 8999 whatever that is: the protocol's time begins with the epoch.
    fn of(shown: SystemTime) -> Self {
        let since_epoch = shown.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since_epoch.as_nanos() / 100).unwrap_or(i64::MAX)).min(LATEST)
    }

    pub(crate) fn minus_seconds(self, seconds: u64) -> Self {
        let ticks = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND);
        Self(self.0.saturating_sub(ticks))
    }

    pub(crate) fn timestamp(self) -> prost_types::Timestamp {
        let nanos = self.0.rem_euclid(TICKS_PER_SECOND) * 100;
        prost_types::Timestamp {
            seconds: self.0.div_euclid(TICKS_PER_SECOND),
            nanos: i32::try_from(nanos).expect("less than a second of nanoseconds fits"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn any_clock_has_a_time_in_the_protocol() {
        let far = Duration::from_secs(i64::MAX.unsigned_abs() / 2);
        assert_eq!(Ticks::of(UNIX_EPOCH - far), Ticks(0));
        assert_eq!(Ticks::of(UNIX_EPOCH + far), LATEST);
        assert_eq!(LATEST.timestamp().seconds, 221_845_391_999);
    }

    #[test]
    fn a_timestamp_keeps_the_hundred_nanoseconds() {
        let stamp = Ticks(15_000_000_001).timestamp();
        assert_eq!((stamp.seconds, stamp.nanos), (1_500, 100));
    }

    #[test]
    fn an_age_of_for_ever_reaches_before_every_event() {
        assert!(Ticks(10).minus_seconds(u64::MAX) < Ticks(0));
    }
}
