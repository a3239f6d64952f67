//! What the product relies on from an `EventStoreDB` server, tested through the official client.
//!
//! With `CITAS_TEST_ESDB_URL` set, the tests run against that server: the embedded node and a cluster must
//! behave alike. Without it every test starts a node of its own. The tests in `node` are about the node
//! itself and always start one.

#![expect(clippy::unwrap_used, reason = "in a test it is the assertion; helpers of tests are tests too")]

mod append;
mod batch;
mod delete;
mod idempotency;
mod limits;
mod metadata;
mod node;
mod read;
mod read_all;
mod subscribe;
mod subscribe_all;
mod support;
