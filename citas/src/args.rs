//! The command line of `citas`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use read_model::QueryBudget;
use service::{ListenSettings, switch};

use crate::copies::{Backup, Restore};
use crate::holidays::Holidays;
use crate::node::ServeNode;

/// Appointment scheduling that cannot double-book, and can prove it.
#[derive(Debug, Parser)]
#[command(name = "citas", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything in this process: the default.
    Serve(Serve),
    /// Run the event store alone, for other processes of this machine: command-api, projector.
    ///
    /// It speaks the `EventStoreDB` protocol without encryption, so it listens on loopback addresses only, and is for
    /// development and tests; production uses a cluster. Prints the connection string, without the password, on
    /// standard output.
    Node(ServeNode),
    /// Copy the events and the key of slot references into a new folder, whether or not a process uses them.
    ///
    /// Everything that was answered before is in it. It holds personal data and a key: keep it as safe as the data folder.
    Backup(Backup),
    /// Make a data folder out of a backup.
    Restore(Restore),
    /// Public holidays, which are blocks of the office.
    #[command(subcommand)]
    Holidays(Holidays),
}

impl Cli {
    pub(crate) fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// The folder for the events and the secrets; created if missing.
    #[arg(long, env = "CITAS_DATA", default_value = "citas-data", value_name = "FOLDER")]
    pub(crate) data: PathBuf,
    /// The address to listen on for HTTP; port 0 takes a free one.
    #[arg(long, env = "CITAS_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) listening: ListenSettings,
    /// How much work one query may cause, in units of some 0.2 µs. One that would take more is refused with what to
    /// narrow, or answered in part.
    #[arg(long, env = "CITAS_QUERY_BUDGET", default_value_t, value_name = "UNITS")]
    pub(crate) query_budget: QueryBudget,
    /// Fill a store that has no agents yet with a demonstration: an agency in five parts of Chile, its leads and four weeks
    /// of appointments. It is filled while this already answers; `/readyz` says how far it is.
    #[arg(long, env = "CITAS_DEMO", value_parser = switch)]
    pub(crate) demo: bool,
}
