//! The service as a process: several of them, one database, one event store.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use read_model::postgres::PostgresSettings;
use read_model::{PostgresReadModel, ReadModel};
use schemas::event::AppointmentBooked;
use schemas::{AgentId, AppointmentId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::rebuilding::rebuild;
use crate::support::{Given, TIMEOUT, registered, renamed};
use crate::{parking, psql};

/// On a shared store, no other test could fill its tables any more.
pub(crate) const PARKING: &str = "leaves an agent who is parked in all tables";

const TOKEN: &str = "a-token-of-enough-characters";

pub(crate) fn url() -> String {
    std::env::var("CITAS_TEST_POSTGRES")
        .expect("run the tests as scripts/services run cargo test --workspace")
}

/// A running projector; killed when it is dropped.
pub(crate) struct Service {
    child: Child,
    address: String,
}

impl Service {
    pub(crate) fn start(event_store: &str, schema: &str) -> Self {
        Self::start_with(event_store, schema, &[])
    }

    pub(crate) fn start_with(event_store: &str, schema: &str, besides: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_projector"));
        command.env_clear().env("CITAS_EVENT_STORE", event_store).env("CITAS_POSTGRES", url());
        command.envs(besides.iter().copied());
        command.env("CITAS_ADMIN_TOKEN", TOKEN).args([
            "--postgres-schema",
            schema,
            "--listen",
            "127.0.0.1:0",
        ]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("The projector answers on http://").unwrap().to_owned();
        Self { child, address }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let mut connection = TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: citas\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answered = String::new();
        connection.read_to_string(&mut answered).await.unwrap();
        let status = answered.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answered)
    }

    /// Polls until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        let mut last = String::new();
        let found = async {
            loop {
                let (status, answered) = self.get(path).await;
                if wanted(status, &answered) {
                    return answered;
                }
                last = answered;
                ticks.tick().await;
            }
        };
        let found = tokio::time::timeout(TIMEOUT, found).await;
        found.unwrap_or_else(|_| panic!("it becomes so in time, but last was {last}"))
    }

    pub(crate) async fn leads(&self) {
        self.until("/metrics", |_, metrics| {
            metrics.lines().any(|line| line == r#"reactor_leads{group="projector"} 1"#)
        })
        .await;
    }

    pub(crate) fn signal(&self, name: &str) {
        crate::killed::signal(name, self.child.id());
    }

    /// What its own program says of it, asked as a container does.
    pub(crate) fn check(&self) -> (Option<i32>, String) {
        let mut check = Command::new(env!("CARGO_BIN_EXE_projector"));
        let checked = check.env_clear().args(["--listen", &self.address, "--check"]).output().unwrap();
        (checked.status.code(), String::from_utf8(checked.stdout).unwrap())
    }

    /// Stops it by a signal, and returns its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn read_model(schema: &str) -> PostgresReadModel {
    PostgresReadModel::new(PostgresSettings::try_new(&url(), schema).unwrap())
}

/// Tables with all that is stored so far, which may be much: a rebuild reads it faster than a projector.
pub(crate) async fn filled(given: &Given, schema: &str) -> PostgresReadModel {
    let (code, told) = rebuild(&given.connection_string(), schema, &[]).await;
    assert_eq!(code, Some(0), "{told}");
    read_model(schema)
}

async fn name_of(read_model: &PostgresReadModel, agent_id: &AgentId) -> Option<String> {
    let found = ReadModel::from(read_model.clone()).agent(agent_id).await;
    found.ok().map(|found| found.value.agent.profile.name)
}

#[tokio::test]
async fn one_leads_and_another_takes_over_when_it_is_gone() {
    let mut given = Given::new().await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    let schema = format!("turns_{}", std::process::id());
    let read_model = filled(&given, &schema).await;
    let first = Service::start(&given.connection_string(), &schema);
    first.leads().await;
    let second = Service::start(&given.connection_string(), &schema);

    let position = given.append(&ana, registered(&ana, "Ana")).await;
    read_model.wait_for(position, TIMEOUT).await.unwrap();
    assert_eq!(name_of(&read_model, &ana).await.as_deref(), Some("Ana"));
    let waiting = second.until("/readyz", |status, _| status == 200).await;
    assert!(waiting.contains("database") && waiting.contains("projection"), "{waiting}");
    let (_, metrics) = second.get("/metrics").await;
    assert!(metrics.lines().any(|line| line == r#"reactor_leads{group="projector"} 0"#), "{metrics}");

    // Killed, so that it cannot release the lock.
    drop(first);
    second.leads().await;
    let position = given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    read_model.wait_for(position, TIMEOUT).await.unwrap();
    assert_eq!(name_of(&read_model, &ana).await.as_deref(), Some("Ana Pérez"));

    // Stopped by a signal.
    let third = Service::start(&given.connection_string(), &schema);
    assert_eq!(second.terminate(), Some(0));
    third.leads().await;
    let position = given.append(&bruno, registered(&bruno, "Bruno")).await;
    read_model.wait_for(position, TIMEOUT).await.unwrap();
    assert!(name_of(&read_model, &bruno).await.is_some());
}

#[cfg(feature = "kafka")]
#[tokio::test]
async fn public_events_are_relayed_by_whoever_leads() {
    let mut given = Given::new().await;
    let ana = given.agent("7");
    let kafka = crate::relay::kafka::Kafka::without_topic();
    let schema = format!("relaying_{}", std::process::id());
    filled(&given, &schema).await;
    let brokers = [
        ("CITAS_KAFKA", kafka.broker.brokers.as_str()),
        ("CITAS_KAFKA_EVENTS", kafka.settings.topic.as_str()),
    ];
    let first = Service::start_with(&given.connection_string(), &schema, &brokers);
    given.append(&ana, registered(&ana, "Ana")).await;
    let booked = crate::relay::booked(given.new_id(), &ana);
    let appointment_id = booked.appointment_id;
    given.append(&ana, booked).await;
    let told = first.until("/readyz", |_, answered| answered.contains("make it first")).await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("relay"), "{told}");
    kafka.make_topic().await;
    assert_eq!(kafka.types(&ana, 1).await, ["citas.AppointmentBooked.v1"]);
    let ready = first.until("/readyz", |status, _| status == 200).await;
    assert!(ready.contains("relay"), "{ready}");
    let (_, metrics) = first.get("/metrics").await;
    let of_relay = ["lag_seconds", "position", "retries_total"]
        .map(|name| format!("reactor_{name}{{reactor=\"relay\"}}"));
    for name in of_relay.iter().map(String::as_str).chain(["relayed_events_total"]) {
        assert!(metrics.contains(name), "{name} in {metrics}");
    }

    let second = Service::start_with(&given.connection_string(), &schema, &brokers);
    assert_eq!(first.terminate(), Some(0));
    given.append(&ana, schemas::event::AppointmentConfirmed { appointment_id }).await;
    let expected = ["citas.AppointmentBooked.v1", "citas.AppointmentConfirmed.v1"];
    assert_eq!(kafka.types(&ana, 2).await, expected);
    assert_eq!(second.terminate(), Some(0));
    assert_eq!(kafka.types(&ana, 2).await, expected, "each once");
}

#[tokio::test]
async fn readiness_names_the_event_that_cannot_be_projected() {
    let mut given = Given::with_own_node(parking::BECAUSE).await;
    let ana = given.agent("7");
    let schema = format!("stopped_{}", std::process::id());
    let service = Service::start(&given.connection_string(), &schema);
    given.append(&ana, registered(&ana, "Ana")).await;
    let unknown = given.stored("AgentTeleported", 1, b"{}".to_vec());
    given.append_stored(&ana, &[unknown]).await;
    let named = service.until("/readyz", |_, answered| answered.contains("AgentTeleported")).await;
    assert!(named.starts_with("HTTP/1.1 503") && named.contains("parked_streams"), "{named}");
    let (_, metrics) = service.get("/metrics").await;
    assert_eq!(told(&metrics, &of_projection("parked_streams")), Some(1.0), "{metrics}");
    assert_eq!(service.get("/livez").await.0, 200, "it lives, and goes on being asked");
}

/// The value of a metric; `name` includes its labels.
pub(crate) fn told(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

fn of_projection(name: &str) -> String {
    format!("reactor_{name}{{reactor=\"projection\"}}")
}

#[tokio::test]
async fn the_lag_is_told_by_the_log_and_not_by_the_projection() {
    let mut given = Given::with_own_node("stops it").await;
    let ana = given.agent("7");
    let schema = format!("lagging_{}", std::process::id());
    let service = Service::start(&given.connection_string(), &schema);
    given.append(&ana, registered(&ana, "Ana")).await;
    let is_complete = |metrics: &str| {
        told(metrics, "projected_events_total") == Some(1.0)
            && told(metrics, &of_projection("lag_seconds")) == Some(0.0)
            && told(metrics, "event_store_reachable") == Some(1.0)
    };
    service.until("/metrics", |_, metrics| is_complete(metrics)).await;

    // Whether events are missing cannot be known now.
    given.stop_node().await;
    let is_unknown = |metrics: &str| {
        told(metrics, "event_store_reachable") == Some(0.0)
            && told(metrics, &of_projection("lag_seconds")).is_some_and(|lag| lag > 0.0)
    };
    service.until("/metrics", |_, metrics| is_unknown(metrics)).await;
    given.start_node().await;
    service.until("/metrics", |_, metrics| is_complete(metrics)).await;

    // While the tables cannot be written, the lag is the time for which events have been missing, whatever other clocks have
    // written into these.
    let schema = format!("\"{schema}\"");
    psql::ask(&format!("ALTER TABLE {schema}.projection RENAME TO hidden"));
    for (name, recorded_at) in [("Ana Pérez", "2020-01-01T00:00:00Z"), ("Ana", "2070-01-01T00:00:00Z")] {
        let mut other = given.encoded(renamed(&ana, name));
        other.metadata.recorded_at = recorded_at.parse().unwrap();
        given.append_stored(&ana, &[other]).await;
    }
    let is_behind = |metrics: &str| {
        told(metrics, &of_projection("lag_positions")).is_some_and(|missing| missing > 0.0)
            && told(metrics, &of_projection("lag_seconds")).is_some_and(|lag| lag > 2.0)
    };
    let metrics = service.until("/metrics", |_, metrics| is_behind(metrics)).await;
    let lag = told(&metrics, &of_projection("lag_seconds")).unwrap();
    assert!(lag < TIMEOUT.as_secs_f64(), "{lag}");
    psql::ask(&format!("ALTER TABLE {schema}.hidden RENAME TO projection"));
    let is_complete_again = |metrics: &str| told(metrics, &of_projection("lag_seconds")) == Some(0.0);
    service.until("/metrics", |_, metrics| is_complete_again(metrics)).await;
}

/// An appointment of an hour that shares its slot with no other.
pub(crate) fn booked(id: Uuid, agent_id: &AgentId, start: &str) -> AppointmentBooked {
    fixtures::booked(AppointmentId::new(id), agent_id, start.parse().unwrap(), 60)
}

#[tokio::test]
async fn readiness_names_an_agent_whose_appointments_overlap_and_the_others_go_on() {
    let mut given = Given::with_own_node(PARKING).await;
    let (ana, bruno) = (given.agent("7"), given.agent("8"));
    let schema = format!("parked_{}", std::process::id());
    let service = Service::start(&given.connection_string(), &schema);
    given.append(&ana, registered(&ana, "Ana")).await;
    let (one, other) = (given.new_id(), given.new_id());
    given.append(&ana, booked(one, &ana, "2026-12-01T12:00:00Z")).await;
    given.append(&ana, booked(other, &ana, "2026-12-01T12:30:00Z")).await;
    given.append(&ana, renamed(&ana, "Ana Pérez")).await;
    let position = given.append(&bruno, registered(&bruno, "Bruno")).await;
    let read_model = read_model(&schema);
    read_model.wait_for(position, TIMEOUT).await.unwrap();
    assert_eq!(name_of(&read_model, &ana).await.as_deref(), Some("Ana"));
    assert_eq!(name_of(&read_model, &bruno).await.as_deref(), Some("Bruno"));
    let told = service.until("/readyz", |_, answered| answered.contains("parked_streams")).await;
    assert!(
        told.starts_with("HTTP/1.1 503") && told.contains(&format!("stream agent-{ana} is parked")),
        "{told}"
    );
}

#[tokio::test]
async fn settings_are_documented_and_told_without_secrets() {
    let program = || tokio::process::Command::new(env!("CARGO_BIN_EXE_projector"));
    let mut help = program();
    help.env_clear().env("CITAS_POSTGRES", "postgres://x:s3cret@y/z").arg("--help");
    let help = String::from_utf8(help.output().await.unwrap().stdout).unwrap();
    for part in [
        "--event-store",
        "CITAS_POSTGRES",
        "--postgres-schema",
        "--config",
        "CITAS_ADMIN_TOKEN",
        "--kafka-events",
    ] {
        assert!(help.contains(part), "{part} in {help}");
    }
    assert!(!help.contains("s3cret"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("projector.toml");
    let entries = "event_store = \"esdb://localhost:1?tls=false\"\npostgres = \"mysql://x:s3cret@y/z\"\n";
    std::fs::write(&file, format!("{entries}admin_token = \"{TOKEN}\"\n")).unwrap();
    let mut refused = program();
    refused.env_clear().arg("--config").arg(&file).stderr(Stdio::piped()).kill_on_drop(true);
    let refused = tokio::time::timeout(TIMEOUT, refused.output()).await.expect("it ends").unwrap();
    let logs = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(logs.contains("the database must be given as") && !logs.contains("s3cret"), "{logs}");
}
