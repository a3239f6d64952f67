//! The workloads, and the baselines that they are compared with.

pub(crate) mod agency;
pub(crate) mod appends;
pub(crate) mod busy_agent;
pub(crate) mod calendars;
pub(crate) mod crowd;
pub(crate) mod database;
pub(crate) mod history;
pub(crate) mod slot_load;
pub(crate) mod static_server;
pub(crate) mod store_reads;
pub(crate) mod syncs;
pub(crate) mod tables;
