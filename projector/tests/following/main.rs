//! The projection against an event store: events are projected in order and once; one that cannot be parks its
//! stream.
//!
//! The store is the one at `CITAS_TEST_ESDB_URL`, with whatever else is in it, or else an embedded node for each
//! test. Tests that cannot run on a shared store always have a node of their own, and say why.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

#[cfg(feature = "kafka")]
mod broker;
#[cfg(feature = "postgres")]
mod exhausted_connections;
mod going_on;
#[cfg(feature = "postgres")]
mod hung;
#[cfg(feature = "postgres")]
mod killed;
#[cfg(feature = "postgres")]
mod load;
#[cfg(feature = "postgres")]
mod lost_database;
#[cfg(feature = "postgres")]
mod other_store;
#[cfg(feature = "postgres")]
mod own_postgres;
mod parking;
#[cfg(feature = "postgres")]
mod psql;
#[cfg(feature = "postgres")]
mod rebuilding;
#[cfg(feature = "kafka")]
mod relay;
#[cfg(feature = "postgres")]
mod restarted_database;
#[cfg(feature = "postgres")]
mod service;
#[path = "../../../event-store/tests/store/store_server.rs"]
mod store_server;
mod support;
#[cfg(feature = "postgres")]
mod verifying;
