//! One fault a file, with what it may cost at most.

mod kafka_topic;
mod replaced_relay;
mod restarted_command_api;
mod store_away;
