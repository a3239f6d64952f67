//! Faults of the running whole, each with the bound within which it is mended or told.

mod hung_leader;
mod hung_store;
mod kafka_topic;
mod locked_table;
mod other_store;
mod refusing_store;
mod replaced_relay;
mod restarted_command_api;
mod stopped_upstream;
mod store_away;
mod verify;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use super::support::postgres;

/// A transaction of somebody else in the database, which stays open until it is dropped.
pub(super) struct OpenTransaction(Child);

impl OpenTransaction {
    /// Begins it with this statement.
    pub(super) fn begin(statement: &str) -> Self {
        let mut psql = Command::new("psql");
        let psql = psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", &postgres()]);
        let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "BEGIN; {statement}; SELECT 'done';").unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "done", "{statement}");
        Self(child)
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It ends with its input.
        let _ = self.0.wait();
    }
}
