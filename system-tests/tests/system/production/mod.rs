//! The production shape as processes: the event store, Postgres, Redis and Kafka, the three services on them and the gateway
//! in front of them, together and with a part missing.
//!
//! Servers that no test ends are those of `scripts/services run`.

mod faults;
mod kafka;
mod load;
mod lost_cache;
mod lost_replies;
mod outages;
mod readiness;
mod support;
mod together;

pub(crate) use kafka::Kafka;
pub(crate) use support::Production;
