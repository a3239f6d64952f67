//! Benchmarks of Citas, as ratios measured in one run: Citas and what bounds it, by turns.
//!
//! It measures the release binaries from outside. No crate may depend on it, and it must not distort what it measures:
//! its clients cost next to nothing, and the servers run in processes of their own.
//!
//! A table of medians with their extremes goes to standard output, in Markdown; progress goes to standard error.

mod assignment;
mod bookings;
mod calendar;
mod drain;
mod engine;
mod http;
mod keys;
mod lag;
mod load;
mod measure;
mod process;
mod queries;
mod rebuild;
mod relay;
mod slot_cache;
mod slots;
mod statistics;
mod store;
mod table;
mod writers;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Benchmarks Citas. Build the binaries first: cargo build --release --workspace --bins
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bookings over HTTP, compared with raw appends and syncs of the disk.
    Bookings {
        #[command(flatten)]
        plan: Plan,
        /// How many clients book at once; measured one after the other.
        #[arg(long, value_delimiter = ',', default_values_t = bookings::CLIENTS)]
        clients: Vec<usize>,
    },
    /// Bookings with an `Idempotency-Key` and without, with a named agent and with any.
    Keys {
        #[command(flatten)]
        plan: Plan,
        /// How many clients book at once.
        #[arg(long, value_delimiter = ',', default_values_t = keys::CLIENTS)]
        clients: Vec<usize>,
        /// Another build of `citas`, to compare with.
        #[arg(long)]
        beside: Option<PathBuf>,
    },
    /// Bookings that name no agent, compared with bookings that do, where few of the agents do the type.
    Assignment {
        #[command(flatten)]
        plan: Plan,
        /// The number of agents.
        #[arg(long, default_value_t = 1_000)]
        agents: usize,
    },
    /// The event store's calls, and bookings through a command-api on it; on two stores by turns, if two are named.
    Store {
        #[command(flatten)]
        plan: Plan,
        /// An event store for trials: the bench changes the hours of its office, and leaves agents and streams behind.
        /// Default: a node of its own.
        #[arg(long, value_name = "URL")]
        event_store: Option<String>,
        /// Another one to measure by turns, likewise for trials.
        #[arg(long, value_name = "URL", requires = "event_store")]
        beside: Option<String>,
        /// How many callers there are at once; measured one after the other.
        #[arg(long, value_delimiter = ',', default_values_t = store::CALLERS)]
        callers: Vec<usize>,
    },
    /// Free slots of a busy agent over HTTP, compared with a server that only sends the same bytes.
    Slots(Plan),
    /// A week of twenty agents over HTTP in one answer, compared with one answer for each.
    Calendar(Plan),
    /// Bookings into one command-api and into two on the same store.
    Writers(Plan),
    /// A search over many agents in Postgres, with and without a slot cache; needs servers: scripts/services run …
    SlotCache {
        #[command(flatten)]
        plan: Plan,
        /// The number of agents.
        #[arg(long, default_value_t = 1_000)]
        agents: usize,
    },
    /// The search of slot-cache over HTTP, in requests a second, also while bookings are made.
    Queries {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
        /// The Redis to cache slots in.
        #[arg(long, env = "CITAS_TEST_REDIS", value_name = "URL")]
        redis: String,
        /// The number of agents.
        #[arg(long, default_value_t = 1_000)]
        agents: usize,
    },
    /// The availability engine alone, without HTTP and events.
    Engine(Plan),
    /// Rebuilds the read model in memory and, by `projector rebuild`, in Postgres, compared with COPY of the same rows.
    Rebuild {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
        /// The number of events, roughly.
        #[arg(long, default_value_t = 200_000)]
        events: u64,
        /// A day of bookings with many agents, all of them still to come, instead of an agency's months.
        #[arg(long)]
        crowd: bool,
    },
    /// How fast a projector works off what has gathered, into large tables and into empty ones.
    Drain {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
        /// The number of events that the large tables are from, roughly.
        #[arg(long, default_value_t = 450_000)]
        events: u64,
    },
    /// The relay of public events to Kafka, compared with a producer of the same number of records without transactions.
    Relay {
        #[command(flatten)]
        plan: Plan,
        /// The Kafka to make topics in, such as the one of `scripts/services run`.
        #[arg(long, env = "CITAS_TEST_KAFKA", value_name = "HOST:PORT")]
        kafka: String,
        /// The number of events, roughly.
        #[arg(long, default_value_t = 100_000)]
        events: u64,
    },
    /// How long after a booking's response queries of another process see it, through Postgres.
    Lag {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
    },
    /// Runs the event store's node alone; used by the other commands.
    #[command(hide = true)]
    Node {
        /// The folder of its files.
        folder: PathBuf,
    },
    /// Serves one file for every request; used by the other commands.
    #[command(hide = true)]
    StaticServer {
        /// The file to serve.
        file: PathBuf,
    },
}

/// How long and how often to measure.
#[derive(Debug, Clone, Args)]
struct Plan {
    /// How often each measurement is repeated.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// How long each measurement takes, in seconds.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// The folder for temporary files. Default: the folder of this program, because the system's temporary folder may
    /// not be on a disk.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// The database of the read model.
#[derive(Debug, Clone, Args)]
struct Database {
    /// The `PostgreSQL` to create schemas in, such as the one of `scripts/services run`.
    #[arg(long, env = "CITAS_TEST_POSTGRES", value_name = "URL")]
    postgres: String,
}

impl Plan {
    fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// A new folder for temporary files, removed when it is dropped.
    fn scratch(&self) -> Result<tempfile::TempDir> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => process::own_folder()?,
        };
        Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(folder)?)
    }
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Bookings { plan, clients } => bookings::run(&plan, &clients),
        Command::Keys { plan, clients, beside } => keys::run(&plan, &clients, beside.as_deref()),
        Command::Store { plan, event_store, beside, callers } => {
            store::run(&plan, event_store.as_deref(), beside.as_deref(), &callers)
        }
        Command::Slots(plan) => slots::run(&plan),
        Command::Calendar(plan) => calendar::run(&plan),
        Command::Writers(plan) => writers::run(&plan),
        Command::Assignment { plan, agents } => assignment::run(&plan, agents),
        Command::SlotCache { plan, agents } => slot_cache::run(&plan, agents),
        Command::Queries { plan, database, redis, agents } => {
            queries::run(&plan, &database.postgres, &redis, agents)
        }
        Command::Engine(plan) => engine::run(&plan),
        Command::Rebuild { plan, database, events, crowd } => {
            rebuild::run(&plan, &database.postgres, events, crowd)
        }
        Command::Drain { plan, database, events } => drain::run(&plan, &database.postgres, events),
        Command::Relay { plan, kafka, events } => relay::run(&plan, &kafka, events),
        Command::Lag { plan, database } => lag::run(&plan, &database.postgres),
        Command::StaticServer { file } => measure::static_server::serve(&file),
        Command::Node { folder } => measure::appends::serve(&folder),
    }
}

/// Reports progress on standard error.
fn tell(progress: &str) {
    // A failure to print does not affect the measurement.
    let _ = writeln!(std::io::stderr(), "{progress}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_servers_that_it_starts_of_itself_are_subcommands() {
        for name in [process::NODE, process::STATIC_SERVER] {
            assert!(Cli::command().find_subcommand(name).is_some(), "{name}");
        }
    }
}
