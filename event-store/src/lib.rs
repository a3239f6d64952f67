//! Access to the event store, an `EventStoreDB`: append, load, subscribe, snapshot.
//!
//! `command-api` loads an agent's events and appends what was decided; `projector` subscribes to what was
//! appended. The server is a production cluster or the embedded node: only the connection string differs.
//!
//! A call goes through `store`, which tries it until its outcome is known or its time is over, on the `connection` that all calls
//! share; each subscription has one of its own, as everything on one connection shares its flow-control window. A connection is
//! established by `cluster`, which asks all members at once for their leader, and is used only once the server has spoken on it
//! (`channel`). `verdict` says what a status means for its call, `diagnosis` why there is no connection.
//!
//! It is a client of its own, on tonic's channels: the official one leaves Nagle's algorithm on, waits without limit for a
//! server that hangs, and chooses it again.
//!
//! It must not know what an appointment is, guess whether an unanswered append was written, or make ids or
//! instants: both come from the caller.

mod append;
mod cause;
mod channel;
mod cluster;
mod connection;
mod connection_string;
mod deletion;
mod diagnosis;
mod event;
mod fault;
mod filter;
mod landmark;
mod node;
mod read;
mod read_error;
mod reading;
mod request;
mod settings;
mod snapshot;
mod store;
mod subscription;
mod verdict;

pub use append::AppendError;
pub use cause::Cause;
pub use connection_string::ConnectionStringError;
pub use event::{Appended, ExpectedRevision, MetadataError, NewEvent, RecordedEvent};
pub use fault::Fault;
pub use filter::StreamFilter;
pub use read_error::ReadError;
pub use schemas::Landmark;
pub use settings::Settings;
pub use snapshot::Snapshot;
pub use store::EventStore;
pub use subscription::{After, Subscription, SubscriptionItem};
