//! The read model in a real Postgres, which `scripts/services run` starts.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

mod alarm;
mod answers;
mod budgets;
mod failures;
mod following;
mod history;
mod leases;
mod notifications;
mod oracle;
mod overlaps;
mod parked;
mod plans;
mod rebuilding;
mod same_answers;
mod slot_cache;
mod stored;
mod support;
mod verifying;
mod wire;
