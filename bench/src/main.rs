//! What Citas can carry, as ratios measured in one run: the thing itself and what bounds it, in turn.
//!
//! It stands outside of the flow and looks at the release binaries from there. Nothing may depend on it, and it must
//! not be what is measured: its clients cost next to nothing, and the servers run in processes of their own.
//!
//! A table of medians with their extremes goes to standard output, in Markdown; progress goes to standard error.

mod bookings;
mod engine;
mod http;
mod lag;
mod load;
mod measure;
mod process;
mod queries;
mod rebuild;
mod slot_cache;
mod slots;
mod statistics;
mod table;
mod writers;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures what Citas can carry. Build what is measured first: cargo build --release -p citas
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bookings over HTTP, beside raw appends and syncs of the disk.
    Bookings {
        #[command(flatten)]
        plan: Plan,
        /// How many clients book at once; measured one after the other.
        #[arg(long, value_delimiter = ',', default_values_t = bookings::CLIENTS)]
        clients: Vec<usize>,
    },
    /// Free slots of a busy agent over HTTP, beside the same bytes from a server that only sends them.
    Slots(Plan),
    /// Bookings into one command-api and into two on the same store.
    Writers(Plan),
    /// A search over many agents in Postgres, with and without a slot cache; run it beside servers: scripts/services run …
    SlotCache {
        #[command(flatten)]
        plan: Plan,
        /// How many agents there are.
        #[arg(long, default_value_t = 1_000)]
        agents: usize,
    },
    /// The same search over HTTP, in requests a second, also while bookings come in.
    Queries {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
        /// Where the Redis is.
        #[arg(long, env = "CITAS_TEST_REDIS", value_name = "URL")]
        redis: String,
        /// How many agents there are.
        #[arg(long, default_value_t = 1_000)]
        agents: usize,
    },
    /// The availability engine alone, without HTTP and events.
    Engine(Plan),
    /// The whole log into memory and, by `projector rebuild`, into Postgres, beside the same rows by COPY.
    Rebuild {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
        /// How many events there are, roughly.
        #[arg(long, default_value_t = 200_000)]
        events: u64,
    },
    /// How long after a booking's answer queries of another process know it, through Postgres.
    Lag {
        #[command(flatten)]
        plan: Plan,
        #[command(flatten)]
        database: Database,
    },
    /// The event store's node alone, in a process of its own; for the other commands.
    #[command(hide = true)]
    Node {
        /// The folder of its files.
        folder: PathBuf,
    },
    /// A server that answers everything with one file; for the other commands.
    #[command(hide = true)]
    Still {
        /// What to answer with.
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
    /// Where the files of what is measured are made. The folder of this program unless said: it is on a disk, as the
    /// system's folder for temporary files may not be.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Where the read model is kept.
#[derive(Debug, Clone, Args)]
struct Database {
    /// A `PostgreSQL` to make schemas in, as `scripts/services run` gives one.
    #[arg(long, env = "CITAS_TEST_POSTGRES", value_name = "URL")]
    postgres: String,
}

impl Plan {
    fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// A new folder for the files of what is measured, which goes when it is dropped.
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
        Command::Slots(plan) => slots::run(&plan),
        Command::Writers(plan) => writers::run(&plan),
        Command::SlotCache { plan, agents } => slot_cache::run(&plan, agents),
        Command::Queries { plan, database, redis, agents } => {
            queries::run(&plan, &database.postgres, &redis, agents)
        }
        Command::Engine(plan) => engine::run(&plan),
        Command::Rebuild { plan, database, events } => rebuild::run(&plan, &database.postgres, events),
        Command::Lag { plan, database } => lag::run(&plan, &database.postgres),
        Command::Still { file } => measure::still::serve(&file),
        Command::Node { folder } => measure::appends::serve(&folder),
    }
}

/// Tells whoever waits how far it is.
fn tell(progress: &str) {
    // Whether anyone reads it makes no difference to what is measured.
    let _ = writeln!(std::io::stderr(), "{progress}");
}
