//! The HTTP adapter of the operations: authentication, routes, how a request becomes target and content, how an
//! answer or a problem becomes a response, and how requests are counted and traced.
//!
//! `command-api` and `query-api` list their routes; the handlers that [`mount`] serves check the token, so no
//! operation can forget it. This crate knows no command, no query and no store.

mod auth;
mod correlation;
mod delivery;
mod handlers;
mod http_problem;
mod observe;
mod preconditions;
mod routes;

pub use actix_web::http::Method;
pub use auth::Authentication;
pub use correlation::CorrelationId;
pub use http_problem::HttpProblem;
pub use observe::{describe_requests, observe_request};
pub use routes::{Address, Routes, mount};
