//! The embedded event store: one node, in this process, that speaks the `EventStoreDB` gRPC protocol on
//! loopback and stores events in one `SQLite` file. On several machines a cluster replaces it: only the
//! connection string changes.
//!
//! A call arrives through `accept` at one of the services in `service`, and a probe at `probes`. Writes go to the single thread of
//! `writer`, which commits waiting requests in one transaction and then replies to them; reads and
//! subscriptions fetch pages through `reader`, the newest events from memory (`live`).
//!
//! `opening` looks at the files before anything is served; `copy` makes backups of a store that runs, and stores out of them.
//!
//! It must not interpret events, acknowledge a write that is not on disk, write again after a failed sync,
//! be reachable from another machine, as its connections are not encrypted, or obey a caller without its credentials.
//!
//! Not implemented, because nothing here needs it: persistent subscriptions, projections, users. What it answers otherwise than
//! `EventStoreDB` is in the crate's README, with the reasons.

mod accept;
mod access;
mod acknowledged;
mod clock;
mod copy;
mod database;
mod error;
mod filter;
mod folder;
mod live;
mod metrics;
mod node;
mod opening;
mod private_file;
mod probes;
#[cfg(test)]
mod random_tests;
mod reader;
mod record;
mod repair;
mod retention;
mod room;
mod service;
mod size_limit;
mod wire;
mod writer;

pub use access::{Access, Credentials, InvalidCredentials};
pub use copy::{Copied, CopyError, Progress, StoreCopy};
pub use error::{FatalError, StartError, StorageFull};
pub use node::{Node, NodeConfig};
pub use repair::Repair;
