//! Commands in, events out: every operation that changes something, in `operations/`.
//!
//! HTTP (`routes.rs`) and Kafka (`intake/`) ask for the same ones. A request becomes a command; the actor of the stream that it concerns decides it on that stream's events and
//! appends what follows. Waiting commands of one stream are decided together and appended in one write. The answer
//! carries the position of the events, with which a query can wait until it sees them.
//!
//! This crate reads no projection and no cache: what it decides on is the stream, and the office that it follows.

mod assignment;
mod directory;
mod failure;
mod fresh_office;
mod identity;
#[cfg(feature = "kafka")]
pub mod intake;
mod metrics;
mod operations;
mod own_commands;
mod reassignment;
mod refusal;
mod routes;
mod send;
mod service;
mod start;
mod time;
mod turns;
mod writer;

pub use directory::NotReady;
pub use fresh_office::FRESH_OFFICE_NAME;
pub use routes::configure;
pub use service::{CommandApi, Settings};
