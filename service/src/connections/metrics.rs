use metrics::{Counter, counter, describe_counter, describe_gauge, gauge};

/// Label: the limit of all connections.
pub(super) const TOTAL: &str = "total";
/// Label: the limit of the connections from one address.
pub(super) const PER_ADDRESS: &str = "per_address";
/// Label: the client took too long to send a head.
pub(super) const HEAD: &str = "head";
/// Label: the client took too long to take an answer.
pub(super) const ANSWER: &str = "answer";

/// Describes the metrics of connections.
pub(crate) fn describe() {
    describe_gauge!("http_connections", "Connections that are open.");
    describe_counter!(
        "http_connections_refused_total",
        "Connections refused because too many were open, by the limit."
    );
    describe_counter!(
        "http_connections_timed_out_total",
        "Connections closed because the client took too long, by what it took long for."
    );
    gauge!("http_connections").set(0.0);
    for limit in [TOTAL, PER_ADDRESS] {
        refused(limit).increment(0);
    }
    for phase in [HEAD, ANSWER] {
        timed_out(phase).increment(0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a process has fewer descriptors than a float has digits")]
pub(super) fn set_open(connections: usize) {
    gauge!("http_connections").set(connections as f64);
}

/// Counts the connections that a limit refuses.
pub(super) fn refused(limit: &'static str) -> Counter {
    counter!("http_connections_refused_total", "limit" => limit)
}

/// Counts the connections whose clients took too long in this phase.
pub(super) fn timed_out(phase: &'static str) -> Counter {
    counter!("http_connections_timed_out_total", "phase" => phase)
}
