//! The clock of the tests.

use chrono::{DateTime, Utc};

/// The current time, which the programs under test share: they run on the same machine.
#[expect(
    clippy::disallowed_methods,
    reason = "a system test is an edge: only the real clock is shared with the programs"
)]
pub fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}
