//! The write side against the embedded node, through its own routes.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod assignment;
mod given;
mod holds;
mod lost_answers;
mod office;
#[cfg(feature = "service")]
mod process;
mod reassignment;
#[cfg(feature = "service")]
mod service;
mod writers;
