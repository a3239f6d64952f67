//! Measures the calls that Citas makes to its event store, and bookings through a command-api on it: by one caller, whose
//! rate is the inverse of the latency, and by many; on one store, or on two by turns.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Result;
use event_store::EventStore;
use operation::Clock;
use tokio::runtime::Runtime;

use crate::http::Target;
use crate::measure::agency::{Agency, Booker};
use crate::measure::appends::Appends;
use crate::measure::store_reads::{PAGE, Reads, STREAM};
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, load, table, tell};

/// How many callers there are at once, unless others are asked for.
pub(crate) const CALLERS: [usize; 3] = [1, 16, 64];

const KINDS: [Kind; 4] = [Kind::Append, Kind::Stream, Kind::Page, Kind::Booking];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Append,
    Stream,
    Page,
    Booking,
}

impl Kind {
    fn name(self) -> String {
        match self {
            Self::Append => "appends of one event".to_owned(),
            Self::Stream => format!("reads of a stream of {STREAM} events"),
            Self::Page => format!("pages of {PAGE} events of the whole log"),
            Self::Booking => "bookings through command-api".to_owned(),
        }
    }
}

pub(crate) fn run(
    plan: &Plan,
    event_store: Option<&str>,
    beside: Option<&str>,
    callers: &[usize],
) -> Result<()> {
    let runtimes = Runtimes {
        one_thread: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        threads: tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
    };
    let mut stores = vec![Store::open(plan, &runtimes, event_store)?];
    if let Some(beside) = beside {
        stores.push(Store::open(plan, &runtimes, Some(beside))?);
    }
    let mut rows = Vec::new();
    for kind in KINDS {
        for &callers in callers {
            let mut measured = vec![Series::default(); stores.len()];
            for round in 0..plan.repeats {
                for turn in 0..stores.len() {
                    let at = (round + turn) % stores.len();
                    let rate = stores[at].rate(&runtimes, kind, callers, plan.duration())?;
                    let (round, of, store) = (round + 1, plan.repeats, at + 1);
                    tell(&format!(
                        "{}, {callers} callers, round {round} of {of}, store {store}: {rate:.0}/s",
                        kind.name()
                    ));
                    measured[at].push(rate);
                }
            }
            rows.push(row(kind, callers, &measured));
        }
    }
    let heads: &[&str] = match beside {
        None => &["calls", "callers", "1/s"],
        Some(_) => &["calls", "callers", "first store, 1/s", "the one beside, 1/s", "first ÷ beside"],
    };
    table::print(heads, &rows)?;
    table::line(&format!("\nMedian (least–greatest) of {} rounds.", plan.repeats))?;
    Ok(())
}

fn row(kind: Kind, callers: usize, measured: &[Series]) -> Vec<String> {
    let mut row = vec![kind.name(), callers.to_string()];
    row.extend(measured.iter().map(Series::to_string));
    if let [first, beside] = measured {
        row.push(format!("{:.2}", first.over(beside)));
    }
    row
}

struct Runtimes {
    /// Booking clients are many and cheap: one thread for them leaves the rest to the servers.
    one_thread: Runtime,
    /// The event store's client runs as it does within Citas.
    threads: Runtime,
}

struct Store {
    appends: Appends,
    reads: Reads,
    agency: Agency,
    target: Target,
    _command_api: Process,
    _node: Option<(Process, tempfile::TempDir)>,
}

impl Store {
    fn open(plan: &Plan, runtimes: &Runtimes, url: Option<&str>) -> Result<Self> {
        let now = Clock::system().now();
        // Whatever an earlier run has left in the store has another name.
        let name = format!("bench-{}", now.timestamp_millis());
        let (url, node) = if let Some(url) = url {
            (url.to_owned(), None)
        } else {
            let folder = plan.scratch()?;
            let files = folder.path().join("node");
            let mut node = process::itself(&[process::NODE.as_ref(), files.as_os_str()])?;
            (node.line()?, Some((node, folder)))
        };
        let (command_api, target) = process::command_api(&url)?;
        let agency = runtimes.one_thread.block_on(Agency::open_named(&target, now, &name))?;
        let client = || runtimes.threads.block_on(async { EventStore::new(&url) });
        // The streams are nobody's calendars: command-api does not follow such names.
        let reads = runtimes.threads.block_on(Reads::prepare(client()?, &name, now))?;
        let appends = Appends::into_store(client()?, &name, now)?;
        tell("a store is ready");
        Ok(Self { appends, reads, agency, target, _command_api: command_api, _node: node })
    }

    fn rate(&mut self, runtimes: &Runtimes, kind: Kind, callers: usize, time: Duration) -> Result<f64> {
        match kind {
            Kind::Append => self.appends.rate(&runtimes.threads, callers, time),
            Kind::Stream => self.reads.stream_rate(&runtimes.threads, callers, time),
            Kind::Page => self.reads.page_rate(&runtimes.threads, callers, time),
            Kind::Booking => runtimes.one_thread.block_on(async {
                let (wishes, position) = (self.agency.everyone(), Arc::new(AtomicU64::new(0)));
                let mut bookers = Vec::with_capacity(callers);
                for _ in 0..callers {
                    bookers.push(Booker::new(&self.target, &wishes, &position).await?);
                }
                load::rate(bookers, time).await
            }),
        }
    }
}
