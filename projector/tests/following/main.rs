//! The projection against the embedded node: what is stored is projected, in order, once; what cannot be, stops it.

#![expect(clippy::unwrap_used, reason = "what a test prepares either works or fails the test")]

#[cfg(feature = "kafka")]
mod broker;
mod given;
mod going_on;
#[cfg(feature = "postgres")]
mod killed;
#[cfg(feature = "postgres")]
mod load;
#[cfg(feature = "postgres")]
mod lost_database;
#[cfg(feature = "postgres")]
mod psql;
#[cfg(feature = "postgres")]
mod rebuilding;
#[cfg(feature = "kafka")]
mod relay;
#[cfg(feature = "postgres")]
mod restarted_database;
#[cfg(feature = "postgres")]
mod service;
mod stopping;
