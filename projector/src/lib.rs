//! Events into the read model, in the order of the log, each once.
//!
//! [`spawn`] follows the event store from where the read model is, decodes, applies in batches, and tells through
//! [`Projection`] how far it is. `query-api` asks the read model, never this crate.
//!
//! The read model is in memory or in a database; one that cannot be written for a while is tried again until it can.
//!
//! An event that cannot be read, or does not follow from those before it, stops the projection where it stands: the
//! log and the readiness name the event, and the answers stay as they were before it. Leaving it out would make every
//! later answer wrong without a word.
//!
//! Beside it, and independent of it, [`relay`] tells other systems what happens to appointments, through Kafka.
//!
//! It must not answer a question, nor decide or append anything.

mod batch;
mod decode;
mod failure;
mod follow;
mod lag;
mod metrics;
mod projection;
#[cfg(feature = "postgres")]
pub mod rebuild;
#[cfg(feature = "kafka")]
pub mod relay;
mod traced;

pub use failure::{Cause, Failure};
pub use follow::spawn;
pub use projection::{NotReady, Projection};
