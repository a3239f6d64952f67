//! What the separate services, and the one-process binary, tell of themselves: traces, metrics, logs.

mod collector;
mod metrics;
mod services;
mod traces;
