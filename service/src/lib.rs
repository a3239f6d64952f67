//! What our processes have in common as such: settings and secrets, logs, HTTP, signals, metrics, and how they say that
//! they are well and how an operator tells its reactors to go on.
//!
//! Binaries stand on it; no library does. It knows nothing of what a process is for. What not every process wants, and
//! what weighs, is a feature: traces, how to connect to Kafka, settings from flags, environment and a file, and what an
//! operator asks of reactors.

#[cfg(feature = "config-file")]
mod check;
#[cfg(feature = "kafka")]
mod kafka;
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
#[cfg(feature = "traces")]
mod traces;

#[cfg(feature = "kafka")]
pub use kafka::Kafka;
pub use metrics::Metrics;
pub use probes::{Probes, ReadinessCheck, configure_probes};
#[cfg(feature = "reactors")]
pub use routes::configure_reactors;
pub use run::{run, run_job, until_signalled};
pub use secret::Secret;
pub use serve::{Gate, Server, serve};
#[cfg(feature = "config-file")]
pub use settings::{settings, subcommand_settings};
#[cfg(feature = "traces")]
pub use traces::sampling;
