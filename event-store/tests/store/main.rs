//! The event store against a server that works, and against networks and servers that fail.
//!
//! The server is the embedded node, one per test, or the one at `CITAS_TEST_ESDB_URL`. Tests that stop their
//! server or cut its network always bring a node of their own, and then say so.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

mod append;
mod cluster;
mod faults;
mod load;
mod proxy;
mod rude_server;
mod snapshot;
mod store_server;
mod subscribe;
mod support;
mod wire;
