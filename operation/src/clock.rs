use chrono::{DateTime, SubsecRound, Utc};

/// The clock. Read at the edge, once for each request, and passed on as `now`.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Option<DateTime<Utc>>);

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still.
    pub const fn fixed(instant: DateTime<Utc>) -> Self {
        Self(Some(instant))
    }

    /// The current instant, truncated to microseconds as in events and databases.
    #[expect(clippy::disallowed_methods, reason = "the edge is where time comes in")]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.unwrap_or_else(|| std::time::SystemTime::now().into()).trunc_subsecs(6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_to_the_microsecond() {
        let fixed = Clock::fixed("2026-12-15T17:00:00.123456789Z".parse().unwrap());
        assert_eq!(fixed.now().to_rfc3339(), "2026-12-15T17:00:00.123456+00:00");
        let system = Clock::system().now();
        assert_eq!(system, system.trunc_subsecs(6));
    }
}
