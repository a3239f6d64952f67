//! The event store against a server that works, and against networks and servers that fail.
//!
//! The server is the embedded node, one per test, or the one at `CITAS_TEST_ESDB_URL`. Tests that stop their
//! server or cut its network always bring a node of their own, and then say so.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]
#![expect(clippy::result_large_err, reason = "a status of gRPC is large, and what a server answers")]

mod append;
mod causes;
mod cluster;
mod faults;
mod interruptions;
mod load;
mod nagle;
mod other_log;
mod proxy;
mod refused_appends;
mod rude_server;
mod service;
mod snapshot;
mod stand_in;
mod store_server;
mod subscribe;
mod support;
