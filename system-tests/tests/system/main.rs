//! The whole, from outside: the built program over HTTP.
//!
//! Every test starts a program of its own on a folder of its own, at a port that is free. Build it before:
//! `cargo build -p citas`.

#![expect(clippy::unwrap_used, reason = "in a test it is the assertion; helpers of tests are tests too")]

mod addresses;
mod after_the_visit;
mod agents;
mod answers;
mod appointments;
mod attacks;
mod backups;
mod bulk_moves;
mod calendars;
mod capacity;
mod clock_changes;
mod crashes;
mod demonstration;
mod deployment;
mod history;
mod holds;
mod holidays;
mod idempotency;
mod impact;
mod locations;
mod observing;
mod office;
mod operations;
mod over_midnight;
mod parked;
mod privacy;
mod production;
mod race;
mod refusals;
mod restarts;
mod separate_services;
mod soak;
mod starting;
mod stopping;
mod support;
mod transitions;
mod unconfirmed;
mod versions;
mod zone_rules;
mod zones;
