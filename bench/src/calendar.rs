//! Measures a week of many agents in one answer over HTTP, against one answer for each agent and against a server that only
//! sends the same bytes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use chrono::{Datelike as _, Days, NaiveDate};
use operation::Clock;
use serde_json::json;

use crate::http::{Connection, Session, Target};
use crate::process;
use crate::statistics::Series;
use crate::{Plan, table, tell};

const AGENTS: usize = 20;
/// Appointments of an agent in the week: six on each working day.
const APPOINTMENTS: usize = 30;
const A_DAY: usize = 6;
const TYPE: &str = "reunion";
const ZONE: &str = "America/Santiago";
/// The aim for the week of all agents, in milliseconds.
const MOST_MS: f64 = 10.0;

/// What is asked, as one or several requests.
struct Question {
    name: &'static str,
    paths: Vec<String>,
}

/// The time that an answer takes, in milliseconds.
#[derive(Debug, Default)]
struct Row {
    p50: Series,
    p99: Series,
}

pub(crate) fn run(plan: &Plan) -> Result<()> {
    let folder = plan.scratch()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (_citas, citas) = process::citas(folder.path())?;
    let monday = next_monday(Clock::system().now().date_naive());
    runtime.block_on(book(&citas, monday))?;
    tell(&format!("{AGENTS} agents with {APPOINTMENTS} appointments each"));
    let questions = questions(monday);
    let body = runtime.block_on(async {
        let mut session = Session::open(&citas).await?;
        anyhow::Ok(session.get(&questions[0].paths[0]).await?.expect(200)?.body.to_vec())
    })?;
    let file = folder.path().join("calendar.json");
    std::fs::write(&file, &body)?;
    let mut static_server = process::itself(&[process::STATIC_SERVER.as_ref(), file.as_os_str()])?;
    let address = static_server.line()?;
    let address = address.strip_prefix("http://").context("the first line has no address")?.parse()?;
    let static_target = Target { address, token: citas.token.clone() };
    let sent = Question { name: "the same bytes from a static server", paths: vec!["/".to_owned()] };
    let asked: Vec<_> =
        questions.iter().map(|question| (&citas, question)).chain([(&static_target, &sent)]).collect();
    let mut rows: Vec<Row> = asked.iter().map(|_| Row::default()).collect();
    for repeat in 0..plan.repeats {
        for turn in 0..asked.len() {
            let at = (repeat + turn) % asked.len();
            let (target, question) = asked[at];
            let (p50, p99) = runtime.block_on(measure(target, question, plan.duration()))?;
            let (round, name) = (repeat + 1, question.name);
            tell(&format!("round {round} of {}, {name}: {p50:.2} ms, {p99:.2} ms", plan.repeats));
            rows[at].p50.push(p50);
            rows[at].p99.push(p99);
        }
    }
    report(&asked, &rows, body.len())
}

fn report(asked: &[(&Target, &Question)], rows: &[Row], bytes: usize) -> Result<()> {
    let mut cells = Vec::new();
    for ((_, question), row) in asked.iter().zip(rows) {
        let ratio = row.p50.over(&rows[0].p50);
        cells.push(vec![
            question.name.to_owned(),
            format!("{:.2}", row.p50),
            format!("{:.2}", row.p99),
            format!("{ratio:.2}"),
        ]);
    }
    table::print(&["asked", "median, ms", "99th percentile, ms", "÷ the week of all"], &cells)?;
    let week = rows[0].p50.median();
    let verdict = if week <= MOST_MS { "met" } else { "missed" };
    table::line(&format!(
        "\nMedian (least–greatest) of the rounds, one connection; {AGENTS} agents with {APPOINTMENTS} appointments \
         each, {bytes} bytes.\n\n- a week of all agents: {week:.2} ms, aim {MOST_MS:.0}, {verdict}"
    ))?;
    Ok(())
}

fn questions(monday: NaiveDate) -> Vec<Question> {
    let midnight = |date: NaiveDate| date.format("%Y-%m-%dT00:00:00-03:00").to_string();
    let range = format!("from={}&to={}", midnight(monday), midnight(monday + Days::new(7)));
    let one_by_one = (0..AGENTS).map(|agent| format!("/v1/agents/{}/calendar?{range}", agent_id(agent)));
    vec![
        Question { name: "a week of all, every layer", paths: vec![format!("/v1/calendar?{range}")] },
        Question {
            name: "a week of all, appointments alone",
            paths: vec![format!("/v1/calendar?{range}&layers=appointments")],
        },
        Question { name: "a week of each, one after the other", paths: one_by_one.collect() },
        Question {
            name: "the week counted by day, status, agent and type",
            paths: vec![format!("/v1/summary?{range}&by=day,status,agent,type")],
        },
    ]
}

/// The median and the 99th percentile of the time that the question takes, in milliseconds.
async fn measure(target: &Target, question: &Question, duration: Duration) -> Result<(f64, f64)> {
    let requests: Vec<_> = question.paths.iter().map(|path| target.request("GET", path, "", "")).collect();
    let mut connection = Connection::open(target.address).await?;
    let (mut taken, begun) = (Vec::new(), Instant::now());
    while begun.elapsed() < duration {
        let asked = Instant::now();
        for request in &requests {
            connection.send(request).await?.expect(200)?;
        }
        taken.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    taken.sort_by(f64::total_cmp);
    let at = |percent: usize| taken.get(taken.len() * percent / 100).copied().context("nothing was answered");
    Ok((at(50)?, at(99)?))
}

/// Registers the agents and books their week, and waits until queries see it.
async fn book(target: &Target, monday: NaiveDate) -> Result<()> {
    let mut session = Session::open(target).await?;
    let kind = json!({"name": {"es-CL": "Reunión"}, "duration_minutes": 60, "location_kind": "phone"});
    session.command("PUT", &format!("/v1/office/appointment-types/{TYPE}"), &kind, 200).await?;
    let rule = |day: u8| json!({"day_of_week": day, "start_time": "09:00", "end_time": "18:00"});
    let rules = json!({"rules": (0..5).map(rule).collect::<Vec<_>>()});
    session.command("PUT", "/v1/office/weekly-hours", &rules, 200).await?;
    let mut position = 0;
    for agent in 0..AGENTS {
        let profile = json!({"name": format!("Agente {agent}"), "time_zone": ZONE});
        session.command("PUT", &format!("/v1/agents/{}", agent_id(agent)), &profile, 200).await?;
        for number in 0..APPOINTMENTS {
            let (day, hour) = (u64::try_from(number / A_DAY)?, 9 + number % A_DAY + agent % 3);
            let local = format!("{}T{hour:02}:00", monday + Days::new(day));
            let booking = json!({
                "lead_id": format!("lead-{agent}-{number}"),
                "agent_id": agent_id(agent),
                "appointment_type": TYPE,
                "start": {"local": local, "zone": ZONE},
                "location": "Av. Providencia 1234, oficina 501",
                "notes": "Viene con su pareja; busca dos dormitorios y estacionamiento.",
                "lead_contact": {"name": "Carla Rojas", "phone": "+56 9 1234 5678", "locale": "es-CL"},
            });
            let reply = session.command("POST", "/v1/appointments", &booking, 201).await?.json()?;
            position = reply["position"].as_u64().context("a booking has a position")?;
        }
    }
    session.get(&format!("/v1/office?min_position={position}")).await?.expect(200)?;
    Ok(())
}

fn agent_id(number: usize) -> String {
    format!("agent-{number:02}")
}

/// The first Monday after today: its whole week is still to come.
fn next_monday(today: NaiveDate) -> NaiveDate {
    today + Days::new(u64::from(7 - today.weekday().num_days_from_monday()))
}
