//! The metrics of the write side; `docs/metrics.md` explains each to operators.

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Describes each metric, and initialises to zero those whose labels are known.
pub(crate) fn describe() {
    describe_counter!(
        "command_decisions_total",
        "Commands decided, by command, outcome (accepted, unchanged, repeated, refused) and the refusal's code."
    );
    describe_counter!(
        "commands_failed_total",
        "Commands that were not decided or whose outcome is unknown, by reason."
    );
    describe_gauge!("commands_waiting", "Commands in the mailboxes of all streams.");
    describe_histogram!("command_batch_size", Unit::Count, "Commands of one stream decided together.");
    describe_histogram!(
        "append_duration_seconds",
        Unit::Seconds,
        "Duration of an append to the event store, whatever its outcome."
    );
    describe_counter!("appended_events_total", "Events appended.");
    describe_counter!(
        "append_conflicts_total",
        "Appends that conflicted with another process's, so that their commands were decided again."
    );
    describe_counter!("append_retries_total", "Appends sent again because no answer came.");
    describe_gauge!("live_agents", "Agents whose folded streams are kept in memory.");

    let failures = [
        "overloaded",
        "stopping",
        "store_unavailable",
        "storage_full",
        "outcome_unknown",
        "broken_down",
        "broken",
    ];
    for reason in failures {
        counter!("commands_failed_total", "reason" => reason).increment(0);
    }
    for name in ["appended_events_total", "append_conflicts_total", "append_retries_total"] {
        counter!(name).increment(0);
    }
    for name in ["command_batch_size", "append_duration_seconds"] {
        drop(histogram!(name));
    }
    for name in ["commands_waiting", "live_agents"] {
        gauge!(name).set(0.0);
    }
}

/// The same for the intake of commands from Kafka.
#[cfg(feature = "kafka")]
pub(crate) fn describe_intake() {
    describe_counter!("intake_commands_total", "Commands from Kafka, by outcome.");
    describe_counter!(
        "intake_dead_letters_total",
        "Dead letters: messages that are no commands, or whose handler failed five times."
    );
    describe_counter!(
        "intake_retries_total",
        "Retries of commands after a transient failure or a failed handler."
    );
    describe_counter!("intake_restarts_total", "Restarts of the intake after a failure, usually of Kafka.");
    describe_gauge!("intake_ready", "1 while commands are taken from Kafka, else 0.");
    describe_gauge!(
        "intake_lag",
        "Messages not taken yet in the partitions that are assigned to this process."
    );
    for name in ["intake_dead_letters_total", "intake_retries_total", "intake_restarts_total"] {
        counter!(name).increment(0);
    }
    for outcome in ["succeeded", "refused", "dead_letter"] {
        counter!("intake_commands_total", "outcome" => outcome).increment(0);
    }
}
