//! `projector rebuild` as a process: under load, stopped and resumed, and beside another rebuild.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use read_model::{AppointmentFilter, AppointmentSort, Limit, MemoryReadModel, PageRequest, ReadModel};
use schemas::AgentEvent;
use schemas::AgentId;
use schemas::event::DateExceptionSet;
use schemas::value::DateException;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;

use crate::killed::{COMPARES, oid_of, signal};
use crate::load::{AGENTS, Load, everything};
use crate::parking;
use crate::psql::{self, Open};
use crate::service::{Service, booked, filled, read_model, url};
use crate::support::{Given, TIMEOUT, in_time, now, registered, renamed};

/// A running rebuild, or another subcommand.
pub(crate) struct Rebuilding {
    child: Child,
    logs: BufReader<ChildStderr>,
    told: String,
}

impl Rebuilding {
    pub(crate) fn start(event_store: &str, schema: &str, flags: &[&str]) -> Self {
        Self::start_as("rebuild", event_store, schema, flags)
    }

    fn start_as(subcommand: &str, event_store: &str, schema: &str, flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_projector"));
        command.env_clear().env("CITAS_EVENT_STORE", event_store).env("CITAS_POSTGRES", url());
        command.arg(subcommand).args(["--postgres-schema", schema]).args(flags);
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let logs = BufReader::new(child.stderr.take().unwrap());
        Self { child, logs, told: String::new() }
    }

    /// Reads its logs until it says this.
    pub(crate) async fn until(&mut self, words: &str) {
        let said = async {
            while !self.told.lines().last().is_some_and(|line| line.contains(words)) {
                let line = self.logs.read_line(&mut self.told).await.unwrap();
                assert!(0 < line, "it never says {words}: {}", self.told);
            }
        };
        in_time(said).await;
    }

    /// The position that it has logged last.
    fn position(&self) -> u64 {
        let last = self.told.split("position ").last().unwrap();
        last.split(|character: char| !character.is_ascii_digit()).next().unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(name, self.child.id().unwrap());
    }

    pub(crate) async fn ended(mut self) -> (Option<i32>, String) {
        in_time(self.logs.read_to_string(&mut self.told)).await.unwrap();
        let status: ExitStatus = in_time(self.child.wait()).await.unwrap();
        (status.code(), self.told)
    }
}

/// Runs it to its end.
pub(crate) async fn rebuild(event_store: &str, schema: &str, flags: &[&str]) -> (Option<i32>, String) {
    run(event_store, schema, "rebuild", flags).await
}

/// Runs this subcommand to its end.
pub(crate) async fn run(
    event_store: &str,
    schema: &str,
    subcommand: &str,
    flags: &[&str],
) -> (Option<i32>, String) {
    Rebuilding::start_as(subcommand, event_store, schema, flags).ended().await
}

/// The queries that are sent in turn.
#[derive(Debug, Clone, Copy)]
enum Question {
    Agents,
    Agent(usize),
    Appointments,
    Context,
    Availability(usize),
}

impl Question {
    fn number(number: usize) -> Self {
        match number % 5 {
            0 => Self::Agents,
            1 => Self::Agent(number % AGENTS),
            2 => Self::Appointments,
            3 => Self::Context,
            _ => Self::Availability(number % AGENTS),
        }
    }

    /// The position and all of the answer; none from before the agent was registered.
    async fn ask(self, of: &ReadModel, agents: &[AgentId]) -> Option<(u64, String)> {
        let page = PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None };
        let range = availability::Interval::new(now(), now() + chrono::TimeDelta::days(60));
        let at: DateTime<Utc> = now();
        macro_rules! told {
            ($answer:expr) => {{
                let answer = $answer;
                (answer.position, format!("{:?}", answer.value))
            }};
        }
        Some(match self {
            Self::Agents => told!(of.agents(&page).await.unwrap()),
            Self::Agent(number) => match of.agent(&agents[number]).await {
                Ok(answer) => told!(answer),
                Err(read_model::QueryError::UnknownAgent(_)) => return None,
                Err(error) => panic!("{error}"),
            },
            Self::Appointments => {
                let filter = AppointmentFilter::default();
                told!(of.appointments(&filter, AppointmentSort::UpdatedAtDescending, &page).await.unwrap())
            }
            Self::Context => told!(of.lead_context(&"55".parse().unwrap(), at).await.unwrap()),
            Self::Availability(number) => match of.agent_availability(&agents[number], range, at).await {
                Ok(answer) => told!(answer),
                Err(read_model::QueryError::UnknownAgent(_)) => return None,
                Err(error) => panic!("{error}"),
            },
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn under_load_nobody_notices_that_the_tables_are_others() {
    let mut given = Given::with_own_node(COMPARES).await;
    let schema = format!("unnoticed_{}", std::process::id());
    let live = Service::start(&given.connection_string(), &schema);
    live.leads().await;
    let load = Arc::new(Load::start(&mut given, 7));
    let stop = Arc::new(AtomicBool::new(false));
    let answered = watch::Sender::new(0_usize);
    let asking = (0..2).map(|reader| {
        let (load, stop) = (Arc::clone(&load), Arc::clone(&stop));
        let (postgres, answered) = (read_model(&schema), answered.clone());
        tokio::spawn(async move {
            let (mut answers, mut last) = (Vec::new(), 0);
            let mut number = reader;
            while !stop.load(Ordering::Relaxed) {
                let wanted = load.last();
                postgres.wait_for(wanted, TIMEOUT).await.unwrap();
                let question = Question::number(number);
                number += 1;
                let Some((position, answer)) = question.ask(&postgres.clone().into(), &load.agents).await
                else {
                    continue;
                };
                assert!(last <= position, "an answer went back from {last} to {position}");
                assert!(wanted <= position, "{position} is before {wanted}, which was waited for");
                last = position;
                answers.push((position, question, answer));
                answered.send_modify(|count| *count += 1);
            }
            answers
        })
    });
    let asking: Vec<_> = asking.collect();
    load.go_on(200).await;
    let mut tables = oid_of(&schema);
    for _ in 0..3 {
        let (code, told) = rebuild(&given.connection_string(), &schema, &[]).await;
        assert_eq!(code, Some(0), "{told}");
        let others = oid_of(&schema);
        assert_ne!(tables, others);
        tables = others;
        // The projector continues in the new tables, and queries read them.
        let position = load.go_on(30).await;
        read_model(&schema).wait_for(position, TIMEOUT).await.unwrap();
        let mut count = answered.subscribe();
        let enough = *count.borrow() + 20;
        in_time(count.wait_for(|count| enough <= *count)).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let mut answers = Vec::new();
    for asked in asking {
        answers.extend(asked.await.unwrap());
    }
    let agents = load.agents.clone();
    let last = Arc::into_inner(load).unwrap().stop().await;
    let postgres = read_model(&schema);
    postgres.wait_for(last, TIMEOUT).await.unwrap();
    let (status, ready) = live.get("/readyz").await;
    assert_eq!(status, 200, "{ready}");
    let left = psql::ask(&format!("SELECT nspname FROM pg_namespace WHERE nspname LIKE '{schema}%'"));
    assert_eq!(left.trim(), schema);

    answers.sort_by_key(|(position, ..)| *position);
    let events = everything(&given.store).await;
    let memory = MemoryReadModel::new();
    let mut events = events.into_iter().peekable();
    for (position, question, answer) in answers {
        let mut until = Vec::new();
        while let Some(event) = events.next_if(|event| event.position <= position) {
            until.push(event);
        }
        memory.apply(until).unwrap();
        let (_, expected) = question.ask(&memory.clone().into(), &agents).await.unwrap();
        assert_eq!(answer, expected, "{question:?} as of {position}");
    }
}

#[tokio::test]
async fn ended_it_goes_on_where_it_was_and_there_is_one_at_a_time() {
    let mut given = Given::new().await;
    let ana = given.agent("7");
    let schema = format!("ended_{}", std::process::id());
    filled(&given, &schema).await;
    let event_store = given.connection_string();
    let live = Service::start(&event_store, &schema);
    live.leads().await;
    given.append(&ana, registered(&ana, "Ana")).await;
    let appointment = booked(given.new_id(), &ana, "2026-12-01T12:00:00Z");
    let position = given.append(&ana, appointment).await;
    read_model(&schema).wait_for(position, TIMEOUT).await.unwrap();
    // As long as this transaction reads the tables, there can be no switch.
    let report = Open::transaction(&format!("TABLE {schema}.projection"));
    let mut one = Rebuilding::start(&event_store, &schema, &[]);
    one.until("cannot switch yet: the tables are in use, longest by psql").await;
    let (code, told) = rebuild(&event_store, &schema, &[]).await;
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("is under way in another process"), "{told}");
    one.signal("-TERM");
    let (code, told) = one.ended().await;
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("Run it again to resume"), "{told}");

    let mut one = Rebuilding::start(&event_store, &schema, &[]);
    one.until("resuming an interrupted rebuild at position ").await;
    assert!(position <= one.position(), "what was read is not read again: {}", one.told);
    one.until("cannot switch yet").await;
    one.signal("-KILL");
    one.ended().await;
    let mut one = Rebuilding::start(&event_store, &schema, &["--restart"]);
    one.until("building new tables").await;
    let position = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    read_model(&schema).wait_for(position, TIMEOUT).await.unwrap();
    drop(report);
    let (code, told) = one.ended().await;
    assert_eq!(code, Some(0), "{told}");
    let found = ReadModel::from(read_model(&schema)).agent(&ana).await.unwrap();
    assert!(position <= found.position);
    assert_eq!(found.value.agent.version, 2);
    assert_eq!(live.terminate(), Some(0));
}

#[tokio::test]
async fn what_cannot_be_built_whole_is_not_put_in_use_unasked() {
    let mut given = Given::with_own_node(parking::BECAUSE).await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    let schema = format!("unwhole_{}", std::process::id());
    let event_store = given.connection_string();
    given.append(&ana, registered(&ana, "Ana")).await;
    let (one, other) = (given.new_id(), given.new_id());
    given.append(&ana, booked(one, &ana, "2026-12-01T12:00:00Z")).await;
    given.append(&ana, booked(other, &ana, "2026-12-01T12:30:00Z")).await;
    given.append(&bruno, registered(&bruno, "Bruno")).await;
    let (code, told) = rebuild(&event_store, &schema, &[]).await;
    assert_eq!(code, Some(4), "{told}");
    assert!(
        told.contains(&format!("stream agent-{ana} is parked")) && told.contains("--accept-parked"),
        "{told}"
    );
    assert!(told.contains("building the tables again with every event checked"), "{told}");
    let is_there = format!("SELECT to_regclass('{schema}.projection') IS NOT NULL");
    assert_eq!(psql::ask(&is_there).trim(), "f");
    let (code, told) = rebuild(&event_store, &schema, &["--accept-parked"]).await;
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(psql::ask(&is_there).trim(), "t");
    let before = psql::contents(&schema);

    let unknown = given.stored("AgentTeleported", 1, b"{}".to_vec());
    given.append_stored(&bruno, &[unknown]).await;
    let (code, told) = rebuild(&event_store, &schema, &[]).await;
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("AgentTeleported") && told.contains("built but not in use"), "{told}");
    assert_eq!(psql::contents(&schema), before);
}

#[tokio::test]
async fn an_event_whose_value_cannot_be_kept_is_named_and_not_tried_again() {
    let mut given = Given::with_own_node(parking::BECAUSE).await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    let schema = format!("unkept_{}", std::process::id());
    let event_store = given.connection_string();
    given.append(&ana, registered(&ana, "Ana")).await;
    let exception = DateException { date: "-9999-01-01".parse().unwrap(), intervals: Vec::new() };
    let position = given.append(&ana, AgentEvent::from(DateExceptionSet { exception })).await;
    given.append(&bruno, registered(&bruno, "Bruno")).await;
    let named =
        format!("stream agent-{ana} is parked at position {position}, DateExceptionSet of revision 1");

    let live = Service::start(&event_store, &schema);
    let told = live.until("/readyz", |status, told| status == 503 && told.contains("DateExceptionSet")).await;
    assert!(told.contains(&named) && told.contains("SQLSTATE 22008"), "{told}");
    let parked = r#"reactor_parked_streams{reactor="projection"} 1"#;
    live.until("/metrics", |_, metrics| metrics.lines().any(|line| line == parked)).await;

    let (code, told) = rebuild(&event_store, &schema, &[]).await;
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains(&named) && !told.contains("the database is lost"), "{told}");
    let (code, told) = rebuild(&event_store, &schema, &["--accept-parked"]).await;
    assert_eq!(code, Some(0), "{told}");
    let has_bruno = ReadModel::from(read_model(&schema)).agent(&bruno).await;
    assert!(has_bruno.is_ok(), "all other streams are in");
}
