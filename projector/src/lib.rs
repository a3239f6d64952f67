//! Projects events into the read model, in the order of the log, each once.
//!
//! [`spawn`] projects from the read model's own position on, in batches. `query-api` reads the read model, never this
//! crate. The read model is in memory or in a database, and stores its position and the parked streams itself.
//!
//! An event that cannot be read, contradicts the events before it or cannot be stored parks its stream: it is named
//! in the log, by readiness and by metrics, answers about it stay as they were before the event, and all other
//! streams go on.
//!
//! Independently of that, [`relay`] publishes what happens to appointments to other systems, through Kafka.
//!
//! It must not answer queries, decide or append anything, or follow the log other than as a [`reactor`].

#[cfg(feature = "postgres")]
mod build_reactor;
mod decode;
mod metrics;
#[cfg(feature = "postgres")]
mod progress;
mod projection;
#[cfg(feature = "postgres")]
pub mod rebuild;
#[cfg(feature = "kafka")]
pub mod relay;
mod spans;
#[cfg(feature = "postgres")]
pub mod verify;

use chrono::{DateTime, Utc};
use event_store::EventStore;
use reactor::Running;
use read_model::ReadModel;

#[cfg(feature = "postgres")]
pub use progress::Progress;

/// The projection's name as a reactor.
pub const PROJECTION: &str = "projection";

/// Projects everything after the read model's own position, until the returned handle is dropped.
///
/// If the read model cannot be written, that is retried until it can. `now` is called once a second, for the metrics.
/// Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    read_model: impl Into<ReadModel>,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Running {
    reactor::spawn(store, projection::Projection::new(read_model), now)
}
