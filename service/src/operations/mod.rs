//! Operations for operators on a process itself: a stream that is parked for one of its reactors is retried, or
//! continues after the event that could not be handled.

mod parked;

pub use parked::ParkedStreams;
pub(crate) use parked::{RetryParkedStream, SkipParkedEvent};
