use chrono::{DateTime, Utc};

/// What time it is. Read at the edge, once for each request, and passed on as `now`.
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

    /// The instant it shows.
    #[expect(clippy::disallowed_methods, reason = "the edge is where time comes in")]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.unwrap_or_else(|| std::time::SystemTime::now().into())
    }
}
