//! What the write side counts. `docs/metrics.md` says the same of each, for those who read them.

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Says what each is, and begins those that have no labels at nothing.
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
        "Time until the event store answered an append, whatever it answered."
    );
    describe_counter!("appended_events_total", "Events appended.");
    describe_counter!(
        "append_conflicts_total",
        "Appends that met another process's events and were decided anew."
    );
    describe_counter!("append_retries_total", "Appends sent again because no answer had come.");
    describe_gauge!("live_agents", "Agents whose folded streams are kept in memory.");

    for reason in ["overloaded", "stopping", "store_unavailable", "outcome_unknown", "broken_down", "broken"]
    {
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

/// The same of the intake of commands from Kafka.
#[cfg(feature = "kafka")]
pub(crate) fn describe_intake() {
    describe_counter!("intake_commands_total", "Commands from Kafka, by what came of them.");
    describe_counter!(
        "intake_dead_letters_total",
        "Messages put aside because they are no commands, or broke their handler five times."
    );
    describe_counter!("intake_retries_total", "Commands tried again, as what was in their way may pass.");
    describe_counter!("intake_restarts_total", "Times that the intake began anew because Kafka failed it.");
    describe_gauge!("intake_ready", "1 while commands are taken from Kafka, else 0.");
    describe_gauge!(
        "intake_lag",
        "Messages in the partitions that this process takes which it has not taken."
    );
    for name in ["intake_dead_letters_total", "intake_retries_total", "intake_restarts_total"] {
        counter!(name).increment(0);
    }
    for outcome in ["succeeded", "refused", "dead_letter"] {
        counter!("intake_commands_total", "outcome" => outcome).increment(0);
    }
}
