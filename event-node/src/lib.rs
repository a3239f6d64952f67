//! The embedded event store: one node, in this process, that speaks the `EventStoreDB` gRPC protocol on
//! loopback and stores in one `SQLite` file. Past one machine its place is taken by a cluster: another
//! connection string, and no other code.
//!
//! In the flow: a call comes in through `accept` to one of the services in `service`. Writes go to the one
//! thread of `writer`, which commits those that wait together and then answers them; reads and
//! subscriptions take pages through `reader`, those that are live from `live`.
//!
//! It must not know what an event means, acknowledge what is not on the disk, write again after a failed
//! sync, or be reached from another machine: it asks nobody who they are.
//!
//! Left out, because nothing here needs it: links, persistent subscriptions, projections, users.

mod accept;
mod clock;
mod database;
mod error;
mod filter;
mod folder;
mod live;
mod metrics;
mod node;
mod reader;
mod record;
mod retention;
mod service;
mod wire;
mod writer;

pub use error::{FatalError, StartError};
pub use node::{Node, NodeConfig};
