//! Free slots of a busy agent, asked for over HTTP, beside the same bytes from a server that only sends them.
//!
//! Once all clients ask the same, as conversations about one property do, and once no two ask the same, so that no
//! answer can be given a second time.

use anyhow::{Context as _, Result};
use operation::Clock;

use crate::http::{Session, Target};
use crate::measure::asking::{self, Asked, CONNECTIONS};
use crate::measure::busy_agent::{self, APPOINTMENTS, DAYS};
use crate::process;
use crate::statistics::Series;
use crate::{Plan, table, tell};

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
        let [mut same, mut other, mut sent] = [(); 3].map(|()| Series::default());
        for repeat in 0..plan.repeats {
            let mut turns = [
                (&citas, Asked::Alike, &mut same),
                (&still_target, Asked::Alike, &mut sent),
                (&citas, Asked::Apart, &mut other),
            ];
            turns.rotate_left(repeat % 3);
            for (target, asked, series) in turns {
                series.push(runtime.block_on(asking::rate(target, &path, asked, plan.duration()))?);
            }
            tell(&format!(
                "limit {limit}, round {} of {}: {same} the same, {other} others, {sent} sent",
                repeat + 1,
                plan.repeats
            ));
        }
        rows.push(vec![
            limit.to_string(),
            body.len().to_string(),
            same.to_string(),
            other.to_string(),
            sent.to_string(),
            format!("{:.2}", same.over(&sent)),
            format!("{:.2}", other.over(&sent)),
        ]);
    }
    let heads = [
        "limit",
        "bytes",
        "slots, all asking the same, 1/s",
        "slots, no two asking the same, 1/s",
        "only the bytes, 1/s",
        "same ÷ bytes",
        "others ÷ bytes",
    ];
    table::print(&heads, &rows)?;
    table::line(&format!(
        "\nMedian (least–greatest) at {CONNECTIONS} connections; one agent with {APPOINTMENTS} appointments over {DAYS} days."
    ))?;
    Ok(())
}
