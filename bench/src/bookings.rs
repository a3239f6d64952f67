//! Measures bookings over HTTP into the real binary, against raw appends through the same client crate and syncs of
//! the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use operation::Clock;
use tokio::runtime::Runtime;

use crate::http::Target;
use crate::measure::agency::{AGENTS, Agency, Booker, Wishes};
use crate::measure::appends::Appends;
use crate::measure::syncs;
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, load, table, tell};

/// How many clients book at once, by default.
pub(crate) const CLIENTS: [usize; 3] = [1, 16, 64];

/// The aims with the most clients: the least ratios.
const LEAST_OF_APPENDS: f64 = 0.5;
const LEAST_OF_SYNCS: f64 = 1.0;
const LEAST_OF_EVERYONE: f64 = 1.0 / 3.0;

/// The measurements of a round.
const KINDS: [Kind; 4] = [Kind::Everyone, Kind::Appends, Kind::Someone, Kind::Syncs];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Bookings with all agents.
    Everyone,
    /// Bookings with one agent.
    Someone,
    Appends,
    Syncs,
}

/// All measurements at one number of clients, in rates a second.
#[derive(Debug, Default)]
struct Row {
    clients: usize,
    everyone: Series,
    someone: Series,
    appends: Series,
    syncs: Series,
}

pub(crate) fn run(plan: &Plan, clients: &[usize]) -> Result<()> {
    let mut bench = Bench::start(plan)?;
    let mut rows = Vec::new();
    for &clients in clients {
        let mut row = Row { clients, ..Row::default() };
        for repeat in 0..plan.repeats {
            // The order rotates, so that none always profits from the one before it.
            for turn in 0..KINDS.len() {
                let kind = KINDS[(repeat + turn) % KINDS.len()];
                let rate = bench.rate(kind, clients)?;
                tell(&format!(
                    "{clients} clients, round {} of {}: {kind:?} {rate:.0}/s",
                    repeat + 1,
                    plan.repeats
                ));
                row.series(kind).push(rate);
            }
        }
        rows.push(row);
    }
    report(&rows)?;
    Ok(())
}

struct Bench {
    /// Booking clients are many and cheap: one thread for them leaves the rest to the server.
    one_thread: Runtime,
    /// The event store's client runs as it does within Citas.
    threads: Runtime,
    target: Target,
    agency: Agency,
    appends: Appends,
    duration: Duration,
    _citas: Process,
    folder: tempfile::TempDir,
}

impl Bench {
    fn start(plan: &Plan) -> Result<Self> {
        let now = Clock::system().now();
        let folder = plan.scratch()?;
        let one_thread = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let (citas, target) = process::citas(folder.path())?;
        let agency = one_thread.block_on(Agency::open(&target, now))?;
        let appends = Appends::start(folder.path(), now)?;
        tell(&format!("{AGENTS} agents registered; files are in {}", folder.path().display()));
        Ok(Self {
            one_thread,
            threads,
            target,
            agency,
            appends,
            duration: plan.duration(),
            _citas: citas,
            folder,
        })
    }

    fn rate(&mut self, kind: Kind, clients: usize) -> Result<f64> {
        match kind {
            Kind::Everyone => {
                let wishes = self.agency.everyone();
                self.bookings(&wishes, clients)
            }
            Kind::Someone => {
                let wishes = self.one_thread.block_on(self.agency.someone())?;
                let rate = self.bookings(&wishes, clients)?;
                let found = self.one_thread.block_on(self.agency.appointments_of(&wishes))?;
                ensure!(
                    found == wishes.made(),
                    "{} bookings succeeded, but {found} are found",
                    wishes.made()
                );
                Ok(rate)
            }
            Kind::Appends => self.appends.rate(&self.threads, clients, self.duration),
            Kind::Syncs => syncs::rate(self.folder.path(), self.duration / 3),
        }
    }

    /// Bookings a second. Waits until they are projected before anything else is measured.
    fn bookings(&mut self, wishes: &Wishes, clients: usize) -> Result<f64> {
        let position = Arc::new(AtomicU64::new(0));
        let Self { one_thread, target, agency, duration, .. } = self;
        one_thread.block_on(async {
            let mut bookers = Vec::with_capacity(clients);
            for _ in 0..clients {
                bookers.push(Booker::new(target, wishes, &position).await?);
            }
            let rate = load::rate(bookers, *duration).await?;
            let ended = Instant::now();
            agency.wait_until_projected(position.load(Ordering::Relaxed)).await?;
            tell(&format!("  queries had caught up {:.0?} later", ended.elapsed()));
            Ok(rate)
        })
    }
}

impl Row {
    fn series(&mut self, kind: Kind) -> &mut Series {
        match kind {
            Kind::Everyone => &mut self.everyone,
            Kind::Someone => &mut self.someone,
            Kind::Appends => &mut self.appends,
            Kind::Syncs => &mut self.syncs,
        }
    }

    fn cells(&self) -> Vec<String> {
        let Self { clients, everyone, someone, appends, syncs } = self;
        vec![
            clients.to_string(),
            everyone.to_string(),
            someone.to_string(),
            appends.to_string(),
            syncs.to_string(),
            format!("{:.2}", everyone.over(appends)),
            format!("{:.2}", everyone.over(syncs)),
            format!("{:.2}", someone.over(everyone)),
        ]
    }
}

fn report(rows: &[Row]) -> Result<()> {
    let everyone = format!("bookings/s, {AGENTS} agents");
    let heads = [
        "clients",
        everyone.as_str(),
        "bookings/s, one agent",
        "appends/s",
        "fdatasync/s",
        "bookings ÷ appends",
        "bookings ÷ fdatasync",
        "one agent ÷ all",
    ];
    table::print(&heads, &rows.iter().map(Row::cells).collect::<Vec<_>>())?;
    table::line("\nMedian (least–greatest). Ratios are medians of the ratios of each round.\n")?;
    let Some(row) = rows.last() else { return Ok(()) };
    for (what, ratio, least) in [
        ("bookings ÷ appends", row.everyone.over(&row.appends), LEAST_OF_APPENDS),
        ("bookings ÷ fdatasync", row.everyone.over(&row.syncs), LEAST_OF_SYNCS),
        ("one agent ÷ all", row.someone.over(&row.everyone), LEAST_OF_EVERYONE),
    ] {
        let verdict = if ratio.median() >= least { "met" } else { "missed" };
        table::line(&format!(
            "- {what} at {} clients: {:.2}, aim {least:.2}, {verdict}",
            row.clients,
            ratio.median()
        ))?;
    }
    Ok(())
}
