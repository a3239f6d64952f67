//! Measures building a read model from the whole log: in memory, by `projector rebuild` into Postgres, and by COPY of
//! the same rows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use event_store::EventStore;
use operation::Clock;
use read_model::MemoryReadModel;
use tokio::runtime::Runtime;

use crate::measure::crowd::Crowd;
use crate::measure::database::Database;
use crate::measure::history;
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, table, tell};

/// The aim for Postgres, in events a second.
const LEAST: f64 = 20_000.0;

const SCHEMA: &str = "bench_rebuild";

/// The measurements of a round.
const KINDS: [Kind; 3] = [Kind::Memory, Kind::Postgres, Kind::Copy];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Postgres,
    Copy,
}

pub(crate) fn run(plan: &Plan, postgres: &str, events: u64, is_crowd: bool) -> Result<()> {
    let bench = Bench::start(plan, postgres, events, is_crowd)?;
    // The rows that COPY loads.
    bench.postgres()?;
    bench.database.unload(SCHEMA, bench.folder.path())?;
    let [mut memory, mut built, mut copied] = [(); 3].map(|()| Series::default());
    for repeat in 0..plan.repeats {
        for turn in 0..KINDS.len() {
            let kind = KINDS[(repeat + turn) % KINDS.len()];
            let (took, series) = match kind {
                Kind::Memory => (bench.memory()?, &mut memory),
                Kind::Postgres => (bench.postgres()?, &mut built),
                Kind::Copy => (bench.database.load(SCHEMA, bench.folder.path())?, &mut copied),
            };
            #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
            let rate = bench.events as f64 / took.as_secs_f64();
            tell(&format!("round {} of {}: {kind:?} {took:.2?}, {rate:.0}/s", repeat + 1, plan.repeats));
            series.push(rate);
        }
    }
    let heads =
        ["events", "into memory, 1/s", "projector rebuild, 1/s", "COPY of its rows, 1/s", "rebuild ÷ COPY"];
    let ratio = built.over(&copied);
    let row = [
        bench.events.to_string(),
        memory.to_string(),
        built.to_string(),
        copied.to_string(),
        format!("{ratio:.2}"),
    ];
    table::print(&heads, &[row.to_vec()])?;
    let verdict = if LEAST <= built.median() { "met" } else { "missed" };
    table::line(&format!(
        "\nMedian (least–greatest). Events a second: the events of the log over the total time.\n\n\
         - into Postgres: {:.0}, aim {LEAST:.0}, {verdict}",
        built.median()
    ))?;
    bench.database.run(&format!("DROP SCHEMA IF EXISTS {SCHEMA}, copied CASCADE")).map(drop)
}

struct Bench {
    runtime: Runtime,
    node: String,
    database: Database,
    url: String,
    events: u64,
    _process: Process,
    folder: tempfile::TempDir,
}

impl Bench {
    fn start(plan: &Plan, url: &str, events: u64, is_crowd: bool) -> Result<Self> {
        let folder = plan.scratch()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut process = process::itself(&[process::NODE.as_ref(), folder.path().join("node").as_os_str()])?;
        let node = process.line()?;
        let store = EventStore::new(&node)?;
        let now = Clock::system().now();
        let events = runtime.block_on(async {
            if is_crowd {
                Ok(Crowd::register(&store, now).await?.write(events).await?.0)
            } else {
                history::write(&store, events, now).await
            }
        })?;
        tell(&format!("{events} events written; files are in {}", folder.path().display()));
        let (database, url) = (Database::new(url), url.to_owned());
        Ok(Self { runtime, node, database, url, events, _process: process, folder })
    }

    fn memory(&self) -> Result<Duration> {
        let store = EventStore::new(&self.node)?;
        let clock = Clock::system();
        self.runtime.block_on(async {
            let (memory, started) = (MemoryReadModel::new(), Instant::now());
            let projection = projector::spawn(&store, memory, move || clock.now());
            projection.caught_up().await?;
            Ok(started.elapsed())
        })
    }

    /// From the start of the process to its end; it replaces tables that are in use.
    fn postgres(&self) -> Result<Duration> {
        let mut rebuild = process::rebuild(&self.node, &self.url, SCHEMA)?;
        let started = Instant::now();
        let ended = rebuild.status().context("projector did not start")?;
        ensure!(ended.success(), "projector rebuild ended with {ended}; see its messages above");
        Ok(started.elapsed())
    }
}
