//! Access to the event store, an `EventStoreDB`: append, load, subscribe, snapshot.
//!
//! `command-api` loads an agent's events and appends what was decided; `projector` subscribes to what was
//! appended. The server is a production cluster or the embedded node: only the connection string differs.
//!
//! This is the only crate that uses the official client, and it works around that client's defects:
//!
//! - A client whose first connection failed stays dead: here it is replaced, by one attempt at a time and with a
//!   growing pause between attempts.
//! - The client waits without limit for an answer: here every call has a deadline.
//! - It falls into an endless loop when the server ends a subscription without an error: here that counts as a lost
//!   connection.
//! - Its own resubscription forgets checkpoints: here a subscription resumes after whichever is later, the
//!   last event or the last checkpoint.
//! - A few subscribers that stop reading would fill the one window that all calls share: here every
//!   subscription has a connection of its own.
//! - It keeps time in whole seconds: instants belong in [`schemas::Metadata`].
//! - It sleeps before its first dial and cannot connect with `maxDiscoverAttempts=1`: the connection string is
//!   amended.
//!
//! It must not know what an appointment is, guess whether an unanswered append was written, or make ids or
//! instants: both come from the caller.

mod append;
mod connection;
mod connection_pool;
mod event;
mod fault;
mod filter;
mod read;
mod settings;
mod snapshot;
mod store;
mod subscription;

pub use append::AppendError;
pub use event::{Appended, ExpectedRevision, MetadataError, NewEvent, RecordedEvent};
pub use fault::Fault;
pub use filter::StreamFilter;
pub use read::ReadError;
pub use settings::{ConnectionStringError, Settings};
pub use snapshot::Snapshot;
pub use store::EventStore;
pub use subscription::{After, Subscription, SubscriptionItem};
