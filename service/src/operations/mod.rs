//! What an operator asks of a process itself: a stream that is parked for one of its reactors is tried again, or goes on
//! past the event that could not be handled.

mod parked;

pub(crate) use parked::{RetryParkedStream, SkipParkedEvent};
