//! Measures bookings that name no agent against bookings that name one, in an agency where few agents do the type.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use operation::Clock;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::http::{Connection, Session, Target};
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, table, tell};

/// How many agents do the type that is booked.
const ABLE: usize = 5;
const STEP_MINUTES: i64 = 5;
const HORIZON_DAYS: u64 = 360;
const CLIENTS: [usize; 2] = [1, 8];
/// The aim: the 99th percentile without an agent over the one with an agent, at most.
const MOST: f64 = 3.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One of the agents who do the type.
    Named,
    /// Any agent, at a start at which all who do the type are free.
    Any,
    /// Any agent, at a start at which all who do the type are booked.
    Taken,
    /// Any agent, for a type that nobody does.
    Nobody,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Named, "a named agent"),
    (Kind::Any, "any agent"),
    (Kind::Taken, "any agent, all taken"),
    (Kind::Nobody, "any agent, none does the type"),
];

/// The measurements of one kind with one number of clients.
#[derive(Debug, Default)]
struct Row {
    a_second: Series,
    p50: Series,
    p99: Series,
}

pub(crate) fn run(plan: &Plan, agents: usize) -> Result<()> {
    let bench = Bench::start(plan, agents)?;
    let mut rows: [[Row; KINDS.len()]; CLIENTS.len()] = Default::default();
    for repeat in 0..plan.repeats {
        for (clients, rows) in CLIENTS.iter().zip(&mut rows) {
            for turn in 0..KINDS.len() {
                let at = (repeat + turn) % KINDS.len();
                let (kind, name) = KINDS[at];
                let (a_second, p50, p99) = bench.measure(kind, *clients)?;
                let round = repeat + 1;
                tell(&format!(
                    "round {round} of {}, {clients} clients, {name}: {a_second:.0}/s, {p50:.2} ms, {p99:.2} ms",
                    plan.repeats
                ));
                rows[at].a_second.push(a_second);
                rows[at].p50.push(p50);
                rows[at].p99.push(p99);
            }
        }
    }
    report(&rows, agents)
}

fn report(rows: &[[Row; KINDS.len()]; CLIENTS.len()], agents: usize) -> Result<()> {
    let heads = ["clients, booking", "a second", "median, ms", "99th percentile, ms", "of a named agent's"];
    let mut cells = Vec::new();
    let mut most: f64 = 0.0;
    for (clients, rows) in CLIENTS.iter().zip(rows) {
        for ((_, name), row) in KINDS.iter().zip(rows) {
            let ratio = row.p99.over(&rows[0].p99);
            most = most.max(ratio.median());
            cells.push(vec![
                format!("{clients}, {name}"),
                row.a_second.to_string(),
                format!("{:.2}", row.p50),
                format!("{:.2}", row.p99),
                format!("{ratio:.2}"),
            ]);
        }
    }
    table::print(&heads, &cells)?;
    let verdict = if most <= MOST { "met" } else { "missed" };
    table::line(&format!(
        "\nMedian (least–greatest) of the rounds; {agents} agents, {ABLE} of whom do the type.\n\n\
         - 99th percentile without an agent over a named agent's: at most {most:.2}, aim {MOST:.0}, {verdict}"
    ))?;
    Ok(())
}

struct Bench {
    runtime: Runtime,
    target: Target,
    first_day: DateTime<Utc>,
    made: Arc<AtomicU64>,
    duration: Duration,
    _processes: [Process; 2],
    _folder: tempfile::TempDir,
}

impl Bench {
    fn start(plan: &Plan, agents: usize) -> Result<Self> {
        ensure!(ABLE <= agents, "there must be {ABLE} agents or more");
        let folder = plan.scratch()?;
        let mut node = process::itself(&[process::NODE.as_ref(), folder.path().join("node").as_os_str()])?;
        let (api, target) = process::command_api(&node.line()?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let first_day =
            (Clock::system().now().date_naive() + Days::new(2)).and_time(NaiveTime::MIN).and_utc();
        runtime.block_on(open(&target, agents))?;
        tell(&format!("{agents} agents registered; files are in {}", folder.path().display()));
        let bench = Self {
            runtime,
            target,
            first_day,
            made: Arc::default(),
            duration: plan.duration(),
            _processes: [api, node],
            _folder: folder,
        };
        bench.runtime.block_on(bench.take_first_start())?;
        Ok(bench)
    }

    /// Books the first start with everyone who does the type.
    async fn take_first_start(&self) -> Result<()> {
        let mut session = Session::open(&self.target).await?;
        for agent in 0..ABLE {
            let booking = booking(Some(agent), "rare", self.first_day);
            session.command("POST", "/v1/appointments", &booking, 201).await?;
        }
        Ok(())
    }

    /// Bookings a second, and the median and the 99th percentile in milliseconds.
    fn measure(&self, kind: Kind, clients: usize) -> Result<(f64, f64, f64)> {
        let began = Instant::now();
        let mut took = self.runtime.block_on(async {
            let mut running = JoinSet::new();
            for _ in 0..clients {
                let mut connection = Connection::open(self.target.address).await?;
                let (target, made) = (self.target.clone(), Arc::clone(&self.made));
                let (first_day, duration) = (self.first_day, self.duration);
                running.spawn(async move {
                    let mut took = Vec::new();
                    while began.elapsed() < duration {
                        let number = made.fetch_add(1, Ordering::Relaxed);
                        let (booking, status) = wish(kind, number, first_day)?;
                        let key = format!("Idempotency-Key: {number}\r\n");
                        let text = booking.to_string();
                        let request = target.request("POST", "/v1/appointments", &key, &text);
                        let sent = Instant::now();
                        connection.send(&request).await?.expect(status)?;
                        took.push(sent.elapsed().as_secs_f64() * 1_000.0);
                    }
                    anyhow::Ok(took)
                });
            }
            let mut all = Vec::new();
            while let Some(took) = running.join_next().await {
                all.extend(took??);
            }
            anyhow::Ok(all)
        })?;
        let seconds = began.elapsed().as_secs_f64();
        took.sort_by(f64::total_cmp);
        ensure!(100 <= took.len(), "only {} bookings were made; measure for longer", took.len());
        let a_second = f64::from(u32::try_from(took.len())?) / seconds;
        Ok((a_second, took[took.len() / 2], took[took.len() * 99 / 100]))
    }
}

/// The next booking of a kind, and the status of its answer.
fn wish(kind: Kind, number: u64, first_day: DateTime<Utc>) -> Result<(Value, u16)> {
    // Each number has a start of its own. Days first, so that appointments are spread over the year.
    let minutes = STEP_MINUTES * i64::try_from(number / HORIZON_DAYS + 1)?;
    ensure!(minutes < 24 * 60, "the year is full: measure for less long");
    let start = first_day + Days::new(number % HORIZON_DAYS) + TimeDelta::minutes(minutes);
    let agent = usize::try_from(number)? % ABLE;
    Ok(match kind {
        Kind::Named => (booking(Some(agent), "rare", start), 201),
        Kind::Any => (booking(None, "rare", start), 201),
        Kind::Taken => (booking(None, "rare", first_day), 409),
        Kind::Nobody => (booking(None, "unheard-of", start), 409),
    })
}

fn booking(agent: Option<usize>, code: &str, start: DateTime<Utc>) -> Value {
    let mut booking = json!({
        // Nobody asks for the same time twice, or what is measured would be the refusal for that.
        "lead_id": format!("lead-{}-{}", agent.unwrap_or(ABLE), start.timestamp()),
        "appointment_type": code,
        "start": start.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "origin": "chat",
    });
    if let Some(agent) = agent {
        booking["agent_id"] = agent_id(agent).into();
    }
    booking
}

fn agent_id(number: usize) -> String {
    format!("agent-{number}")
}

/// Opens an office whose agents all work around the clock, most for a type that is not booked here.
async fn open(target: &Target, agents: usize) -> Result<()> {
    let mut session = Session::open(target).await?;
    for code in ["rare", "common", "unheard-of"] {
        let appointment_type = json!({
            "name": {"es-CL": code},
            "duration_minutes": STEP_MINUTES,
            "horizon_days": HORIZON_DAYS + 5,
            "location_kind": "phone",
        });
        let path = format!("/v1/office/appointment-types/{code}");
        session.command("PUT", &path, &appointment_type, 200).await?;
    }
    for agent in 0..agents {
        let code = if agent < ABLE { "rare" } else { "common" };
        let rule = |day: u8| {
            let (from, until) = ("00:00", "24:00");
            json!({"day_of_week": day, "start_time": from, "end_time": until, "appointment_type": code})
        };
        let rules: Vec<Value> = (0..7).map(rule).collect();
        let path = format!("/v1/agents/{}", agent_id(agent));
        let profile = json!({
            "name": "Camila Soto",
            "time_zone": "America/Santiago",
            "inherits_office_hours": false,
        });
        session.command("PUT", &path, &profile, 200).await.context("the agent")?;
        session.command("PUT", &format!("{path}/weekly-hours"), &json!({"rules": rules}), 200).await?;
    }
    Ok(())
}
