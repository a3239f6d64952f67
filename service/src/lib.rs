//! What our processes have in common as such: settings and secrets, logs, HTTP, signals, metrics, and how they say that
//! they are well.
//!
//! Binaries stand on it; no library does. It knows nothing of what a process is for. What not every process wants, and
//! what weighs, is a feature: traces, how to connect to Kafka, and settings from flags, environment and a file.

#[cfg(feature = "config-file")]
mod check;
#[cfg(feature = "kafka")]
mod kafka;
mod log;
mod metrics;
mod probes;
mod process_metrics;
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
pub use run::{run, run_job, until_signalled};
pub use secret::Secret;
pub use serve::{Gate, Server, serve};
#[cfg(feature = "config-file")]
pub use settings::{settings, subcommand_settings};
#[cfg(feature = "traces")]
pub use traces::sampling;
