//! What command-api and query-api share at HTTP: problem+json errors, strict reading of bodies and query strings,
//! which methods a path takes, who is asking, what time it is, references to offered slots, and how requests are counted
//! and traced.
//!
//! Both APIs answer in one address space, so one table says which code has which status, and one place decides
//! what a malformed request is. This crate knows no command, no query and no store.

mod auth;
mod clock;
mod code;
mod correlation;
mod object;
mod observe;
mod problem;
mod routes;
mod slot_ref;
mod strict;

pub use auth::{Authentication, Principal};
pub use clock::Clock;
pub use code::Code;
pub use correlation::CorrelationId;
pub use object::Object;
pub use observe::{describe_requests, observe_request};
pub use problem::{Problem, error_chain};
pub use routes::{Routes, mount};
pub use slot_ref::{SlotRef, SlotRefError, SlotRefs};
pub use strict::{MAX_BODY_BYTES, StrictJson, StrictPath, StrictQuery, check_length};
