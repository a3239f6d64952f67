//! What all processes have in common: settings and secrets, logs, HTTP server, signals, metrics, probes, and the
//! operations on parked streams.
//!
//! Binaries depend on it; no library does. It knows nothing of what a process is for. Heavy parts that not every
//! process needs are features: traces, the connection to Kafka, settings from flags, environment and a file, and the
//! operations on parked streams.

#[cfg(feature = "config-file")]
mod check;
mod connections;
#[cfg(feature = "kafka")]
mod kafka;
mod known_variables;
mod listen;
mod log;
mod metrics;
#[cfg(feature = "reactors")]
mod operations;
mod probes;
mod process_metrics;
#[cfg(feature = "reactors")]
mod routes;
mod run;
mod secret;
mod serve;
#[cfg(feature = "config-file")]
mod settings;
mod switch;
#[cfg(feature = "traces")]
mod traces;

#[cfg(feature = "kafka")]
pub use kafka::Kafka;
pub use known_variables::warn_of_unknown_variables;
pub use listen::{Listen, ListenSettings};
pub use metrics::Metrics;
#[cfg(feature = "reactors")]
pub use operations::ParkedStreams;
pub use probes::{Probes, ReadinessCheck, configure_probes};
#[cfg(feature = "reactors")]
pub use routes::configure_reactors;
pub use run::{run, run_job, until_signalled, until_stopped};
pub use secret::Secret;
pub use serve::{Gate, Server, serve};
#[cfg(feature = "config-file")]
pub use settings::{settings, subcommand_settings};
pub use switch::switch;
#[cfg(feature = "traces")]
pub use traces::sampling;
