//! The write side through its own routes, against the store at `CITAS_TEST_ESDB_URL`, or else against an embedded
//! node for each test. Tests that cannot run on a shared store always have a node of their own, and say why.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod alternatives;
mod assignment;
mod blocks;
#[cfg(feature = "kafka")]
#[path = "../../../projector/tests/following/broker.rs"]
mod broker;
mod bulk_moves;
mod clocks;
mod dry_run;
mod holds;
mod impact;
#[cfg(feature = "kafka")]
mod intake;
mod keys;
mod lead_conflicts;
mod leads;
mod lost_answers;
mod meeting_links;
mod moving;
mod names;
mod office;
mod other_store;

#[cfg(feature = "service")]
mod process;
mod reassignment;
#[cfg(feature = "service")]
mod service;
mod settle_conflict;
mod store;
#[path = "../../../event-store/tests/store/store_server.rs"]
mod store_server;
mod support;
mod unconfirmed;
mod writers;
