//! The read model in a real Postgres, which `scripts/services run` starts: what it answers, and how.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

mod alarm;
mod failures;
mod given;
mod history;
mod leading;
mod news;
mod oracle;
mod parked;
mod plans;
mod rebuilding;
mod same_answers;
mod slot_cache;
mod stored;
