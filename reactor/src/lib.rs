//! The one way to follow the event log: every follower is a [`Reactor`], and one driver runs them all.
//!
//! A reactor has a name, a filter, a position to begin at and a handler of batches. The driver subscribes, gathers
//! events into batches, retries transient failures with a growing pause, parks the stream of an event that cannot be
//! handled, reports how far it is, and stops on request. Reactors are independent, so none delays another.
//!
//! - *In every process*: [`spawn`], each from a position of its own.
//! - *In one process at a time*: [`run_as_leader`] runs a group of them while the process holds a [`LeaderLock`];
//!   each stores its position and its parked streams with its effects, and returns them from [`Reactor::begin`].
//!
//! It must not know what an event means. Beside `event-store` itself, no other crate subscribes.

mod driver;
mod handling;
mod history;
mod lag;
mod leader;
mod log;
mod metrics;
mod parked;
mod progress;
mod reactor;
mod reactors;
mod resume;
mod running;
#[cfg(test)]
mod sample;
mod store_state;

pub use driver::spawn;
pub use handling::ParkingHandler;
pub use history::{Chunk, History};
pub use leader::{HeldLock, LeaderLock, LeadershipError, ProcessLock, run_as_leader};
pub use parked::ParkedStream;
pub use progress::LogProgress;
pub use reactor::{HandleError, Reactor, Retry, StartPosition};
pub use reactors::Reactors;
pub use resume::{ResumeError, Resumed};
pub use running::{NotReady, Running};
pub use store_state::StoreTrouble;
