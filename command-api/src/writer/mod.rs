//! The one place where commands become events: an actor for each live stream.

mod actor;
mod append;
mod batch;
mod conflict;
mod event_sourced;
mod folded_state;
mod live_agents;
mod new_event;
mod office_feed;
mod request;
mod snapshot;
mod telemetry;

pub(crate) use actor::Writer;
pub(crate) use event_sourced::EventSourced;
pub(crate) use folded_state::FoldedState;
pub(crate) use live_agents::LiveAgents;
pub(crate) use office_feed::OfficeFeed;
pub(crate) use request::NoContext;
