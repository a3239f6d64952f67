//! Citas from outside: the built program as a process, and HTTP.
//!
//! This library starts the programs, sends requests to them, stops them and kills them. The tests are in
//! `tests/system`. Nothing here may depend on more of Citas than its command lines, its files and its HTTP interface:
//! no other crate of the workspace is a dependency.

mod client;
mod clock;
mod frames;
mod gateway;
mod launch;
mod private_server;
mod process;
mod proxy;
mod seeded_rng;
mod services;

pub use client::{Answer, Client, Request};
pub use clock::now;
pub use gateway::Gateway;
pub use launch::{Launch, program};
pub use private_server::PrivateServer;
pub use process::{Citas, Exit};
pub use proxy::Proxy;
pub use seeded_rng::SeededRng;
pub use services::{EventNode, RunningService, Service, TOKEN};

/// Longer than any step takes: reaching it means that the step would never end.
pub const STEP_TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);
