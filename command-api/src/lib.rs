//! Commands in, events out: every operation that changes something, in `operations/`.
//!
//! HTTP (`routes.rs`) and Kafka (`intake/`) invoke the same operations. A request becomes a command; the actor of its
//! stream decides it on that stream's events and appends the resulting events. Commands that wait for one stream are
//! decided together and appended in one write. The answer carries the position of the events, for which a query can
//! wait.
//!
//! This crate reads no projection and no cache: it decides on the stream, and on the office, which it follows.

mod across_streams;
mod agent_refusal;
mod assignment;
mod bulk_move;
mod claims;
mod directory;
mod failure;
mod fresh_office;
mod identity;
mod impact;
mod in_the_way;
#[cfg(feature = "kafka")]
pub mod intake;
mod keyed_locks;
mod keys;
mod leads;
mod live_streams;
mod metrics;
mod operations;
mod placement;
mod refusal;
mod routes;
mod send;
mod service;
mod shared_read;
mod start;
mod store_trouble;
mod system_commands;
mod time_problems;
mod timed_answer;
mod trial;
mod unconfirmed;
mod under_way;
mod writer;

pub use directory::NotReady;
pub use fresh_office::FRESH_OFFICE_NAME;
pub use routes::configure;
pub use service::{CommandApi, Settings};
