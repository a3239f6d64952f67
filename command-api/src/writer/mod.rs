//! The one place where commands become events: an actor for each live stream.

mod actor;
mod append;
mod batch;
mod conflict;
mod live;
mod office;
mod request;
mod stream;
mod telling;

pub(crate) use actor::Writer;
pub(crate) use live::LiveAgents;
pub(crate) use office::OfficeFeed;
pub(crate) use request::accepted;
pub(crate) use stream::{Loaded, new_event};
