//! Free slots of a busy agent, asked for over HTTP, beside the same bytes from a server that only sends them.

use anyhow::{Context as _, Result};
use http_edge::Clock;

use crate::http::{Connection, Session, Target};
use crate::load::{self, Client};
use crate::measure::busy_agent::{self, APPOINTMENTS, DAYS};
use crate::process;
use crate::statistics::Series;
use crate::{Plan, table, tell};

const CONNECTIONS: usize = 16;

/// How many slots are asked for: what one gets unless one says, and the most there are on a page.
const LIMITS: [usize; 2] = [50, 200];

pub(crate) fn run(plan: &Plan) -> Result<()> {
    let folder = plan.scratch()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (_citas, citas) = process::citas(folder.path())?;
    let question = runtime.block_on(busy_agent::book(&citas, Clock::system().now()))?;
    tell(&format!("{APPOINTMENTS} appointments booked over {DAYS} days"));
    let mut rows = Vec::new();
    for limit in LIMITS {
        let path = format!("{question}&limit={limit}");
        let body = runtime.block_on(async {
            let mut session = Session::open(&citas).await?;
            anyhow::Ok(session.get(&path).await?.expect(200)?.body.to_vec())
        })?;
        let file = folder.path().join(format!("slots-{limit}.json"));
        std::fs::write(&file, &body)?;
        let mut still = process::itself(&["still".as_ref(), file.as_os_str()])?;
        let address = still.line()?;
        let address =
            address.strip_prefix("http://").context("the still server says where it answers")?.parse()?;
        let still_target = Target { address, token: citas.token.clone() };
        let (mut answered, mut sent) = (Series::default(), Series::default());
        for repeat in 0..plan.repeats {
            let mut pair = [(&citas, &mut answered), (&still_target, &mut sent)];
            if repeat % 2 == 1 {
                pair.reverse();
            }
            for (target, series) in pair {
                series.push(runtime.block_on(rate(target, &path, plan))?);
            }
            tell(&format!(
                "limit {limit}, round {} of {}: {answered} answered, {sent} sent",
                repeat + 1,
                plan.repeats
            ));
        }
        let ratio = answered.over(&sent);
        let cells = [limit.to_string(), body.len().to_string(), answered.to_string(), sent.to_string()];
        rows.push(cells.into_iter().chain([format!("{ratio:.2}")]).collect());
    }
    table::print(&["limit", "bytes", "GET /v1/slots, 1/s", "the same bytes, 1/s", "slots ÷ bytes"], &rows)?;
    table::line(&format!(
        "\nMedian (least–greatest) at {CONNECTIONS} connections; one agent with {APPOINTMENTS} appointments over {DAYS} days."
    ))?;
    Ok(())
}

async fn rate(target: &Target, path: &str, plan: &Plan) -> Result<f64> {
    let request = target.request("GET", path, "", "");
    let mut askers = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        askers.push(Asker { connection: Connection::open(target.address).await?, request: request.clone() });
    }
    load::rate(askers, plan.duration()).await
}

/// Asks the same question again and again.
struct Asker {
    connection: Connection,
    request: Vec<u8>,
}

impl Client for Asker {
    async fn once(&mut self) -> Result<()> {
        self.connection.send(&self.request).await?.expect(200)?;
        Ok(())
    }
}
