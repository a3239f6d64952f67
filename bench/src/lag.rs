//! Measures how long after a booking's response a query in another process sees it, through the store, the projector
//! and Postgres, at shares of the highest rate of bookings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use operation::Clock;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::http::{Connection, Target};
use crate::load::{self, Client as _};
use crate::measure::agency::{AGENTS, Agency, Booker};
use crate::measure::database::Database;
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, table, tell};

/// How many clients book at once.
const CLIENTS: usize = 64;
const SHARES: [f64; 3] = [0.25, 0.5, 0.75];
/// Bookings a second whose lag is measured by a query.
const ASKED_A_SECOND: f64 = 100.0;
/// The aim: the 99th percentile at half of the capacity, at most.
const MOST_MS: f64 = 250.0;

const SCHEMA: &str = "bench_lag";

pub(crate) fn run(plan: &Plan, postgres: &str) -> Result<()> {
    let mut bench = Bench::start(plan, postgres)?;
    let mut capacity = Series::default();
    let mut rows: [(Series, Series, Series); SHARES.len()] = Default::default();
    for repeat in 0..plan.repeats {
        let most = bench.capacity()?;
        tell(&format!("round {} of {}: {most:.0} bookings/s at most", repeat + 1, plan.repeats));
        capacity.push(most);
        for turn in 0..SHARES.len() {
            let at = (repeat + turn) % SHARES.len();
            let (rate, mut lags) = bench.lags(most * SHARES[at])?;
            lags.sort_by(f64::total_cmp);
            ensure!(100 <= lags.len(), "only {} lags were measured; measure for longer", lags.len());
            let (p50, p99) = (lags[lags.len() / 2], lags[lags.len() * 99 / 100]);
            tell(&format!("  at {:.0} %: {rate:.0}/s, {p50:.1} ms, {p99:.1} ms", SHARES[at] * 100.0));
            rows[at].0.push(rate);
            rows[at].1.push(p50);
            rows[at].2.push(p99);
        }
    }
    let heads = ["share of the capacity", "bookings/s", "median lag, ms", "99th percentile, ms"];
    let cells: Vec<_> = SHARES
        .iter()
        .zip(&rows)
        .map(|(share, (rate, p50, p99))| {
            vec![
                format!("{:.0} %", share * 100.0),
                rate.to_string(),
                format!("{p50:.1}"),
                format!("{p99:.1}"),
            ]
        })
        .collect();
    table::print(&heads, &cells)?;
    let half = rows[1].2.median();
    let verdict = if half <= MOST_MS { "met" } else { "missed" };
    table::line(&format!(
        "\nMedian (least–greatest) of the rounds; {capacity} bookings/s at most, {CLIENTS} clients.\n\n\
         - 99th percentile at half of the capacity: {half:.1} ms, aim {MOST_MS:.0}, {verdict}"
    ))?;
    drop(bench);
    Database::new(postgres).run(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")).map(drop)
}

struct Bench {
    runtime: Runtime,
    commands: Target,
    queries: Target,
    agency: Agency,
    plan: Plan,
    _processes: [Process; 4],
    _folder: tempfile::TempDir,
}

impl Bench {
    fn start(plan: &Plan, postgres: &str) -> Result<Self> {
        let folder = plan.scratch()?;
        let mut node = process::itself(&[process::NODE.as_ref(), folder.path().join("node").as_os_str()])?;
        let url = node.line()?;
        let (writer, commands) = process::command_api(&url)?;
        let (projector, _) = process::projector(&url, postgres, SCHEMA)?;
        let (reader, queries) = process::query_api(postgres, SCHEMA)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let agency = runtime.block_on(Agency::open(&commands, Clock::system().now()))?;
        tell(&format!("{AGENTS} agents registered; files are in {}", folder.path().display()));
        let (plan, processes) = (plan.clone(), [reader, projector, writer, node]);
        Ok(Self { runtime, commands, queries, agency, plan, _processes: processes, _folder: folder })
    }

    /// Bookings a second of clients that never pause, while the projector follows.
    fn capacity(&mut self) -> Result<f64> {
        let (wishes, position) = (self.agency.everyone(), Arc::new(AtomicU64::new(0)));
        let Self { runtime, commands, queries, plan, .. } = self;
        runtime.block_on(async {
            let mut bookers = Vec::with_capacity(CLIENTS);
            for _ in 0..CLIENTS {
                bookers.push(Booker::new(commands, &wishes, &position).await?);
            }
            let rate = load::rate(bookers, plan.duration()).await?;
            known(queries, position.load(Ordering::Relaxed)).await?;
            Ok(rate)
        })
    }

    /// Books at this rate, whether or not earlier bookings are answered. Returns the actual rate, and the lags in
    /// milliseconds.
    fn lags(&mut self, rate: f64) -> Result<(f64, Vec<f64>)> {
        let wishes = self.agency.everyone();
        let Self { runtime, commands, queries, plan, .. } = self;
        let (due, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let every = Duration::from_secs_f64(1.0 / rate);
        let end = plan.duration();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some thousand")]
        let one_in = (rate / ASKED_A_SECOND).ceil() as u64;
        runtime.block_on(async {
            let mut clients = JoinSet::new();
            for _ in 0..CLIENTS {
                let position = Arc::new(AtomicU64::new(0));
                let mut booker = Booker::new(commands, &wishes, &position).await?;
                let (due, queries) = (Arc::clone(&due), queries.clone());
                clients.spawn(async move {
                    let mut asked = JoinSet::new();
                    let mut made = 0_u64;
                    loop {
                        let number = due.fetch_add(1, Ordering::Relaxed);
                        let at = every.mul_f64(f64::from(u32::try_from(number)?));
                        if end < at {
                            break;
                        }
                        tokio::time::sleep_until((began + at).into()).await;
                        booker.once().await?;
                        made += 1;
                        if number % one_in == 0 {
                            let (position, answered) = (position.load(Ordering::Relaxed), Instant::now());
                            let queries = queries.clone();
                            asked.spawn(async move {
                                known(&queries, position).await?;
                                anyhow::Ok(answered.elapsed().as_secs_f64() * 1_000.0)
                            });
                        }
                    }
                    let mut lags = Vec::new();
                    while let Some(lag) = asked.join_next().await {
                        lags.push(lag??);
                    }
                    anyhow::Ok((made, lags))
                });
            }
            let (mut made, mut lags) = (0, Vec::new());
            while let Some(client) = clients.join_next().await {
                let (some, theirs) = client??;
                made += some;
                lags.extend(theirs);
            }
            let rate = f64::from(u32::try_from(made)?) / end.as_secs_f64();
            Ok((rate, lags))
        })
    }
}

/// Waits until queries have caught up with the position.
async fn known(queries: &Target, position: u64) -> Result<()> {
    let request = queries.request("GET", &format!("/v1/office?min_position={position}"), "", "");
    loop {
        let mut connection = Connection::open(queries.address).await?;
        let reply = connection.send(&request).await?;
        // StaticServer behind: the query API gives up waiting after two seconds.
        if reply.status != 503 {
            reply.expect(200).context("the office")?;
            return Ok(());
        }
    }
}
