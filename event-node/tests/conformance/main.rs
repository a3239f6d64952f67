//! What the product relies on from an `EventStoreDB` server, tested through the official client.
//!
//! With `CITAS_TEST_ESDB_URL` set, the tests run against that server: the embedded node and a cluster must
//! behave alike. It may name several hosts, TLS and a user. Without it every test starts a node of its own.
//!
//! The tests in `node` are about what only the node can answer, and always start one. Those that need the protocol's own
//! messages, in `wire`, ask no server that is reached by TLS or has several members, and then say so.

#![expect(clippy::unwrap_used, reason = "in a test it is the assertion; helpers of tests are tests too")]

mod append;
mod batch;
mod delete;
mod idempotency;
mod limits;
mod links;
mod metadata;
mod node;
mod read;
mod read_all;
mod subscribe;
mod subscribe_all;
mod support;
mod wire;
