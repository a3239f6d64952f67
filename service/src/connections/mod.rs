//! The connections of the HTTP server: how many may be open at once, and how long each phase of a request may take.

mod admission;
mod answer_body;
mod descriptors;
mod exchange;
mod metrics;
mod parser_refusal;
mod stream;

use std::net::IpAddr;

pub(crate) use admission::OpenConnections;
pub(crate) use answer_body::follow_answer;
pub(crate) use descriptors::{check_descriptors, until_out_of_descriptors};
pub(crate) use exchange::Exchange;
pub(crate) use metrics::describe;
pub(crate) use stream::{LimitedStream, admit};

/// How many connections may be open at once.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionLimits {
    /// From everywhere together.
    pub(crate) total: usize,
    /// From one address.
    pub(crate) per_address: usize,
    /// Addresses that only the total limits.
    pub(crate) gateways: Vec<IpAddr>,
}
