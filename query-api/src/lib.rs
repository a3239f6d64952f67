//! The read side of the API: every query, in `operations/`.
//!
//! A request becomes a query of the read model. Every answer carries the log position that it reflects; a request with
//! `min_position` waits for that position, so that clients see the effect of their own commands.
//!
//! [`configure`] adds the queries under `/v1`.
//!
//! This crate depends on neither `event-store` nor `domain`: it must never append events or take decisions.

mod operations;
mod parameters;
mod query_result;
mod refusal;
mod response_cache;
mod routes;
#[cfg(test)]
mod sample;
mod service;
mod slot_dates;
mod slot_search;
#[cfg(test)]
mod slots_by_clock_tests;
mod trouble;

pub use routes::configure;
pub use service::QueryApi;
pub use trouble::{QueriesFail, queries_answered};
