//! Measures queries of a busy agent's free slots over HTTP, against a server that only sends the same bytes.
//!
//! Once with equal queries of all clients, as in conversations about one property, and once with all queries different,
//! so that no response can be reused.

use anyhow::{Context as _, Result};
use operation::Clock;

use crate::http::{Session, Target};
use crate::measure::busy_agent::{self, APPOINTMENTS, DAYS};
use crate::measure::slot_load::{self, Asked, CONNECTIONS};
use crate::process;
use crate::statistics::Series;
use crate::{Plan, table, tell};

/// What is requested: the default and the most of a page, and then what conversations ask for.
const QUESTIONS: [(&str, &str); 5] = [
    ("50", "&limit=50"),
    ("200", "&limit=200"),
    ("50, two weekdays, mornings", "&limit=50&weekday=tuesday&weekday=thursday&part_of_day=morning"),
    ("50, different starts", "&limit=50&distinct=start"),
    ("5 far apart", "&spread=true"),
];

pub(crate) fn run(plan: &Plan) -> Result<()> {
    let folder = plan.scratch()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (_citas, citas) = process::citas(folder.path())?;
    let question = runtime.block_on(busy_agent::book(&citas, Clock::system().now()))?;
    tell(&format!("{APPOINTMENTS} appointments booked over {DAYS} days"));
    let mut rows = Vec::new();
    for (number, (asked_for, parameters)) in QUESTIONS.into_iter().enumerate() {
        let path = format!("{question}{parameters}");
        let body = runtime.block_on(async {
            let mut session = Session::open(&citas).await?;
            anyhow::Ok(session.get(&path).await?.expect(200)?.body.to_vec())
        })?;
        let file = folder.path().join(format!("slots-{number}.json"));
        std::fs::write(&file, &body)?;
        let mut static_server = process::itself(&[process::STATIC_SERVER.as_ref(), file.as_os_str()])?;
        let address = static_server.line()?;
        let address = address.strip_prefix("http://").context("the first line has no address")?.parse()?;
        let static_target = Target { address, token: citas.token.clone() };
        let [mut same, mut other, mut sent] = [(); 3].map(|()| Series::default());
        for repeat in 0..plan.repeats {
            let mut turns = [
                (&citas, Asked::Alike, &mut same),
                (&static_target, Asked::Alike, &mut sent),
                (&citas, Asked::Apart, &mut other),
            ];
            turns.rotate_left(repeat % 3);
            for (target, asked, series) in turns {
                series.push(runtime.block_on(slot_load::rate(target, &path, asked, plan.duration()))?);
            }
            tell(&format!(
                "{asked_for}, round {} of {}: {same} equal, {other} different, {sent} static",
                repeat + 1,
                plan.repeats
            ));
        }
        rows.push(vec![
            asked_for.to_owned(),
            body.len().to_string(),
            same.to_string(),
            other.to_string(),
            sent.to_string(),
            format!("{:.2}", same.over(&sent)),
            format!("{:.2}", other.over(&sent)),
        ]);
    }
    let heads = [
        "slots",
        "bytes",
        "slots, equal queries, 1/s",
        "slots, different queries, 1/s",
        "static bytes, 1/s",
        "equal ÷ static",
        "different ÷ static",
    ];
    table::print(&heads, &rows)?;
    table::line(&format!(
        "\nMedian (least–greatest) at {CONNECTIONS} connections; one agent with {APPOINTMENTS} \
         appointments over {DAYS} days."
    ))?;
    Ok(())
}
