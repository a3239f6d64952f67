use chrono::{DateTime, Utc};

/// What time it is for the program under test too: it runs on the same machine.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of the whole is an edge: only the real clock is shared"
)]
pub fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}
