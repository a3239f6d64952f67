//! Measures bookings into one command-api and into two on the same store: the gain and the cost of a second process.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Result;
use operation::Clock;
use tokio::runtime::Runtime;

use crate::http::Target;
use crate::measure::agency::{AGENTS, Agency, Booker, Wishes};
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, load, table, tell};

/// How many clients book at once, divided among the processes.
const CLIENTS: usize = 64;

/// The measurements of a round: by how many processes, and whether with all agents or with one.
const KINDS: [(usize, Asked); 4] =
    [(1, Asked::Everyone), (2, Asked::Everyone), (1, Asked::Someone), (2, Asked::Someone)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Everyone,
    Someone,
}

pub(crate) fn run(plan: &Plan) -> Result<()> {
    let mut bench = Bench::start(plan)?;
    let mut measured = KINDS.map(|_| Series::default());
    for repeat in 0..plan.repeats {
        for turn in 0..KINDS.len() {
            let at = (repeat + turn) % KINDS.len();
            let (processes, asked) = KINDS[at];
            let rate = bench.rate(processes, asked)?;
            let round = repeat + 1;
            tell(&format!(
                "round {round} of {}: {asked:?}, {processes} processes, {rate:.0}/s",
                plan.repeats
            ));
            measured[at].push(rate);
        }
    }
    report(&measured)
}

struct Bench {
    /// Booking clients are many and cheap: one thread for them leaves the rest to the servers.
    one_thread: Runtime,
    targets: [Target; 2],
    agency: Agency,
    plan: Plan,
    _writers: [Process; 2],
    _node: Process,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn start(plan: &Plan) -> Result<Self> {
        let folder = plan.scratch()?;
        let mut node = process::itself(&[process::NODE.as_ref(), folder.path().join("node").as_os_str()])?;
        let url = node.line()?;
        let (first, second) = (process::command_api(&url)?, process::command_api(&url)?);
        let one_thread = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let targets = [first.1, second.1];
        let agency = one_thread.block_on(Agency::open(&targets[0], Clock::system().now()))?;
        tell(&format!("{AGENTS} agents registered; files are in {}", folder.path().display()));
        let (plan, writers) = (plan.clone(), [first.0, second.0]);
        Ok(Self { one_thread, targets, agency, plan, _writers: writers, _node: node, _folder: folder })
    }

    fn rate(&mut self, processes: usize, asked: Asked) -> Result<f64> {
        let wishes: Wishes = match asked {
            Asked::Everyone => self.agency.everyone(),
            Asked::Someone => self.one_thread.block_on(self.agency.someone())?,
        };
        let Self { one_thread, targets, plan, .. } = self;
        let position = Arc::new(AtomicU64::new(0));
        one_thread.block_on(async {
            let mut bookers = Vec::with_capacity(CLIENTS);
            for client in 0..CLIENTS {
                bookers.push(Booker::new(&targets[client % processes], &wishes, &position).await?);
            }
            load::rate(bookers, plan.duration()).await
        })
    }
}

fn report([everyone, everyone_by_two, someone, someone_by_two]: &[Series; 4]) -> Result<()> {
    let row = |asked: String, one: &Series, two: &Series| {
        vec![asked, one.to_string(), two.to_string(), format!("{:.2}", two.over(one))]
    };
    let rows = [
        row(format!("{AGENTS} agents"), everyone, everyone_by_two),
        row("one agent".to_owned(), someone, someone_by_two),
    ];
    let heads = ["bookings with", "one command-api, bookings/s", "two command-apis, bookings/s", "two ÷ one"];
    table::print(&heads, &rows)?;
    table::line(&format!("\nMedian (least–greatest), {CLIENTS} clients."))?;
    Ok(())
}
