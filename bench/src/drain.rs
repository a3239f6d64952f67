//! Measures how fast a projector works off what has gathered, into tables that are nearly empty and into large ones.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use event_store::EventStore;
use operation::Clock;
use read_model::PostgresReadModel;
use read_model::postgres::PostgresSettings;
use tokio::runtime::Runtime;

use crate::measure::crowd::Crowd;
use crate::measure::database::Database;
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, table, tell};

/// The aim for large tables, in events a second.
const LEAST: f64 = 10_000.0;

/// How many events gather before each measurement.
const GATHERED: u64 = 40_000;

/// Longer than any measurement; it only bounds a failure.
const TIMEOUT: Duration = Duration::from_mins(5);

const SCHEMA: &str = "bench_drain";

pub(crate) fn run(plan: &Plan, postgres: &str, events: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut small = Office::open(plan, &runtime, postgres, "small")?;
    let mut large = Office::open(plan, &runtime, postgres, "large")?;
    let (gathered_small, small_end) = runtime.block_on(small.crowd.write(GATHERED))?;
    let (before, _) = runtime.block_on(large.crowd.write(events))?;
    large.rebuild()?;
    tell(&format!("{before} events are in the large tables"));
    let [mut into_small, mut into_large] = [(); 2].map(|()| Series::default());
    for repeat in 0..plan.repeats {
        let (gathered, end) = runtime.block_on(large.crowd.write(GATHERED))?;
        small.drop_tables()?;
        #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
        let rate = |events: u64, took: Duration| events as f64 / took.as_secs_f64();
        let measure_small = || anyhow::Ok(rate(gathered_small, small.drain(&runtime, small_end)?));
        let measure_large = || anyhow::Ok(rate(gathered, large.drain(&runtime, end)?));
        let (one, other) = if repeat % 2 == 0 {
            let one = measure_small()?;
            (one, measure_large()?)
        } else {
            let other = measure_large()?;
            (measure_small()?, other)
        };
        tell(&format!("round {} of {}: small {one:.0}/s, large {other:.0}/s", repeat + 1, plan.repeats));
        into_small.push(one);
        into_large.push(other);
    }
    let rows = large.rows()?;
    let heads =
        ["bookings in the large tables", "into empty tables, 1/s", "into large tables, 1/s", "large ÷ empty"];
    let ratio = into_large.over(&into_small);
    let row = [rows, into_small.to_string(), into_large.to_string(), format!("{ratio:.2}")];
    table::print(&heads, &[row.to_vec()])?;
    let verdict = if LEAST <= into_large.median() { "met" } else { "missed" };
    table::line(&format!(
        "\nMedian (least–greatest). Events a second, from the start of the projector until all are in the tables.\n\n\
         - into large tables: {:.0}, aim {LEAST:.0}, {verdict}",
        into_large.median()
    ))?;
    small.drop_tables()?;
    large.drop_tables()
}

/// A log and the tables for it.
struct Office {
    crowd: Crowd,
    node: String,
    database: Database,
    url: String,
    schema: String,
    _process: Process,
    _folder: tempfile::TempDir,
}

impl Office {
    fn open(plan: &Plan, runtime: &Runtime, url: &str, name: &str) -> Result<Self> {
        let folder = plan.scratch()?;
        let mut process = process::itself(&[process::NODE.as_ref(), folder.path().join("node").as_os_str()])?;
        let node = process.line()?;
        let store = EventStore::new(&node)?;
        let crowd = runtime.block_on(Crowd::register(&store, Clock::system().now()))?;
        let (database, url) = (Database::new(url), url.to_owned());
        let schema = format!("{SCHEMA}_{name}");
        Ok(Self { crowd, node, database, url, schema, _process: process, _folder: folder })
    }

    fn rebuild(&self) -> Result<()> {
        let ended = process::rebuild(&self.node, &self.url, &self.schema)?.status();
        let ended = ended.context("projector did not start")?;
        ensure!(ended.success(), "projector rebuild ended with {ended}; see its messages above");
        Ok(())
    }

    /// From the start of a projector until its tables are at this position.
    fn drain(&self, runtime: &Runtime, position: u64) -> Result<Duration> {
        let settings = PostgresSettings::try_new(&self.url, &self.schema)?;
        runtime.block_on(async {
            let tables = PostgresReadModel::new(settings);
            let started = Instant::now();
            let (_projector, _) = process::projector(&self.node, &self.url, &self.schema)?;
            tables.wait_for(position, TIMEOUT).await?;
            let took = started.elapsed();
            tables.close().await;
            Ok(took)
        })
    }

    fn rows(&self) -> Result<String> {
        Ok(self.database.run(&format!("SELECT count(*) FROM {}.bookings", self.schema))?.trim().to_owned())
    }

    fn drop_tables(&self) -> Result<()> {
        self.database.run(&format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema)).map(drop)
    }
}
