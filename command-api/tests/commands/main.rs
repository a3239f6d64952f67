//! The write side against the embedded node, through its own routes.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod assignment;
#[cfg(feature = "kafka")]
#[path = "../../../projector/tests/following/broker.rs"]
mod broker;
mod given;
mod holds;
#[cfg(feature = "kafka")]
mod intake;
mod lost_answers;
mod office;
#[cfg(feature = "service")]
mod process;
mod reassignment;
#[cfg(feature = "service")]
mod service;
mod writers;
