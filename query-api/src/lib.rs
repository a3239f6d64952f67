//! Queries in, answers out: every operation that asks and changes nothing, in `operations/`.
//!
//! A request becomes a question to the read model. Every answer says how much of the log it knows; a request that carries
//! `min_position` waits for that much, so that whoever has just sent a command sees what came of it.
//!
//! [`configure`] adds the queries under `/v1`.
//!
//! This crate depends on neither the event store nor the decisions: it must never append, and never decide.

mod found;
mod operations;
mod parameters;
mod refusal;
mod response_cache;
mod routes;
#[cfg(test)]
mod sample;
mod service;
mod slot_search;

pub use routes::configure;
pub use service::QueryApi;
