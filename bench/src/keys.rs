//! Measures what an `Idempotency-Key` costs a booking, with a named agent and with any, and, beside another build of
//! Citas, what has changed since.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use operation::Clock;
use tokio::runtime::Runtime;

use crate::http::Target;
use crate::measure::agency::{Agency, Asking, Booker};
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, load, table, tell};

/// How many clients book at once.
pub(crate) const CLIENTS: [usize; 3] = [1, 16, 64];

const ASKED: [(&str, Asking); 4] = [
    ("agent named, no key", Asking { has_key: false, names_agent: true }),
    ("agent named, key", Asking { has_key: true, names_agent: true }),
    ("any agent, no key", Asking { has_key: false, names_agent: false }),
    ("any agent, key", Asking { has_key: true, names_agent: false }),
];

/// A running office of one build, for bookings of one kind: those that name no agent would take the slots of those that
/// do.
struct Office {
    _citas: Process,
    target: Target,
    agency: Agency,
}

pub(crate) fn run(plan: &Plan, clients: &[usize], beside: Option<&Path>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = plan.scratch()?;
    let builds = [None].into_iter().chain(beside.map(Some));
    let mut rows = Vec::new();
    for &clients in clients {
        let mut rates: Vec<[Series; 4]> = Vec::new();
        let mut offices = Vec::new();
        for (number, program) in builds.clone().enumerate() {
            let folder = folder.path().join(format!("{clients}-{number}"));
            offices.push([
                open(&runtime, &folder.join("named"), program)?,
                open(&runtime, &folder.join("any"), program)?,
            ]);
            rates.push(<[Series; 4]>::default());
        }
        for repeat in 0..plan.repeats {
            // The order rotates, so that none always profits from the one before it.
            for turn in 0..ASKED.len() * offices.len() {
                let turn = (turn + repeat) % (ASKED.len() * offices.len());
                let (which, kind) = (turn % offices.len(), turn / offices.len());
                let office = &mut offices[which][usize::from(!ASKED[kind].1.names_agent)];
                let rate = office.rate(&runtime, ASKED[kind].1, clients, plan)?;
                tell(&format!(
                    "{clients} clients, round {}: {}, build {which}: {rate:.0}/s",
                    repeat + 1,
                    ASKED[kind].0
                ));
                rates[which][kind].push(rate);
            }
        }
        rows.extend(ASKED.iter().enumerate().map(|(kind, (name, _))| {
            let own = &rates[0][kind];
            let mut cells = vec![clients.to_string(), (*name).to_owned(), own.to_string()];
            cells.push(format!("{:.2}", own.over(&rates[0][kind & !1])));
            if let Some(other) = rates.get(1) {
                cells.extend([other[kind].to_string(), format!("{:.2}", own.over(&other[kind]))]);
            }
            cells
        }));
    }
    let mut heads = vec!["clients", "bookings", "1/s", "÷ without a key"];
    if beside.is_some() {
        heads.extend(["other build, 1/s", "this ÷ other"]);
    }
    table::print(&heads, &rows)?;
    table::line("\nMedian (least–greatest). Ratios are medians of the ratios of each round.\n")?;
    Ok(())
}

fn open(runtime: &Runtime, folder: &Path, program: Option<&Path>) -> Result<Office> {
    std::fs::create_dir_all(folder)?;
    let (citas, target) = match program {
        None => process::citas(folder)?,
        Some(program) => process::citas_of(program, folder)?,
    };
    let agency = runtime.block_on(Agency::open(&target, Clock::system().now()))?;
    Ok(Office { _citas: citas, target, agency })
}

impl Office {
    fn rate(&mut self, runtime: &Runtime, asking: Asking, clients: usize, plan: &Plan) -> Result<f64> {
        let (wishes, position) = (self.agency.everyone(), Arc::new(AtomicU64::new(0)));
        runtime.block_on(async {
            let mut bookers = Vec::with_capacity(clients);
            for _ in 0..clients {
                bookers.push(Booker::new(&self.target, &wishes, &position).await?.asking(asking));
            }
            let rate = load::rate(bookers, plan.duration()).await?;
            let last = position.load(Ordering::Relaxed);
            self.agency.wait_until_projected(last).await?;
            Ok(rate)
        })
    }
}
