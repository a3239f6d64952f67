//! What became of many requests that were sent at once: the log, every state it went through, and which of those
//! states an answer can have been given on.

pub(crate) mod calendar;
mod fold;
pub(crate) mod log;
pub(crate) mod order;
mod reservations;
pub(crate) mod timeline;
