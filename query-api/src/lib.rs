//! HTTP out: every call that asks and changes nothing.
//!
//! A request becomes a question to the read model, and its answer JSON. Every answer says in `X-Position` how much of
//! the log it knows; a request that carries `min_position` waits for that much, so that whoever has just sent a
//! command sees what came of it. `HEAD` answers like `GET` without the body.
//!
//! [`configure`] adds the questions under `/v1`.
//!
//! This crate depends on neither the event store nor the decisions: it must never append, and never decide.

mod answer;
mod parameters;
mod recent;
mod refusal;
mod routes;
#[cfg(test)]
mod sample;
mod service;

pub use routes::configure;
pub use service::QueryApi;
