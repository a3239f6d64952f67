//! What is measured, and what it is measured against.

pub(crate) mod agency;
pub(crate) mod appends;
pub(crate) mod asking;
pub(crate) mod busy_agent;
pub(crate) mod calendars;
pub(crate) mod database;
pub(crate) mod history;
pub(crate) mod still;
pub(crate) mod syncs;
pub(crate) mod tables;
