//! Events into the read model, in the order of the log, each once.
//!
//! [`spawn`] projects from where the read model is, in batches, and tells how far it is. `query-api` asks the read model,
//! never this crate. The read model is in memory or in a database, and itself keeps how far it is and what is parked.
//!
//! An event that cannot be read, does not follow from those before it or cannot be kept parks its stream: the log, the
//! readiness and the metrics name it, its answers stay as they were before the event, and all other streams go on.
//!
//! Beside it, and independent of it, [`relay`] tells other systems what happens to appointments, through Kafka.
//!
//! It must not answer a question, nor decide or append anything, nor follow the log other than as a [`reactor`].

mod decode;
mod metrics;
mod projection;
#[cfg(feature = "postgres")]
pub mod rebuild;
#[cfg(feature = "kafka")]
pub mod relay;
mod spans;

use chrono::{DateTime, Utc};
use event_store::EventStore;
use reactor::Running;
use read_model::ReadModel;

/// What the projection is called among reactors.
pub const PROJECTION: &str = "projection";

/// Begins to project everything after the read model's own position, for as long as the answer is kept.
///
/// A read model that cannot be written for a while is tried again until it can. `now` is asked once a second, for
/// the metrics. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    read_model: impl Into<ReadModel>,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Running {
    reactor::spawn(store, projection::Projection::new(read_model), now)
}
