//! The one way to follow the log: whatever does so is a [`Reactor`], and one driver runs them all.
//!
//! A reactor is a name, a filter, a place to begin and a batch to handle. The driver subscribes, gathers what is ready
//! into batches, tries again with a growing pause what may do better later, parks the stream of an event that cannot be
//! handled, tells how far it is, and ends when it is told to. None knows of another, so none delays another.
//!
//! - *Everywhere*: [`spawn`] in each process, from a start of its own.
//! - *Led*: [`lead`] has one process at a time run a group of them, under a [`LeaderLock`]; how far each came, and what
//!   is parked for it, is kept with its own effects and told by [`Reactor::begin`].
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
mod reactor;
mod reactors;
mod resume;
mod running;
#[cfg(test)]
mod sample;

pub use driver::spawn;
pub use handling::Handling;
pub use history::{Chunk, History};
pub use leader::{Ended, HeldLock, LeaderLock, ProcessLock, lead};
pub use parked::ParkedStream;
pub use reactor::{Beginning, HandleError, Reactor, Retry};
pub use reactors::Reactors;
pub use resume::{ResumeError, Resumed};
pub use running::{NotReady, Running};
