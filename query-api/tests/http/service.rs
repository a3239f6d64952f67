//! The service as a process, with a real Postgres.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use read_model::postgres::PostgresSettings;
use read_model::{Event, PostgresReadModel, ProjectedEvent, StoredText};
use schemas::EventId;
use schemas::event::{AgentRegistered, AppointmentTypeDefined};
use uuid::Uuid;

use crate::{TOKEN, send};

const TIMEOUT: Duration = Duration::from_mins(1);

fn url() -> String {
    std::env::var("CITAS_TEST_POSTGRES")
        .expect("run the tests as scripts/services run cargo test --workspace")
}

/// A running service; killed when it is dropped.
struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    fn start(schema: &str) -> Self {
        Self::start_with(schema, &[])
    }

    fn start_with(schema: &str, besides: &[(&str, &str)]) -> Self {
        let mut command = command(schema);
        command.envs(besides.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("The query API answers on http://").unwrap();
        Self { address: address.parse().unwrap(), child }
    }

    async fn get(&self, path: &str) -> (String, String) {
        send(self.address, "GET", path).await
    }

    /// Repeats a request until the response has this status.
    async fn until(&self, path: &str, status: &str) -> String {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        let found = async {
            loop {
                let (head, body) = self.get(path).await;
                if head.contains(status) {
                    return body;
                }
                ticks.tick().await;
            }
        };
        tokio::time::timeout(TIMEOUT, found).await.expect("it becomes so in time")
    }
}

fn command(schema: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_query-api"));
    command.env_clear().env("CITAS_POSTGRES", url()).env("CITAS_ADMIN_TOKEN", TOKEN);
    command.env("CITAS_SLOT_REF_KEY", "a-key-of-enough-characters");
    command.args(["--postgres-schema", schema, "--listen", "127.0.0.1:0"]);
    command
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn registered() -> ProjectedEvent {
    let profile = fixtures::profile("Ana Pérez");
    let agent_id: schemas::AgentId = "7".parse().unwrap();
    projected(70, Event::Agent(agent_id.clone(), AgentRegistered { agent_id, profile }.into()))
}

fn defined() -> ProjectedEvent {
    let appointment_type = fixtures::appointment_type(fixtures::CALL, 30);
    projected(140, Event::Office(AppointmentTypeDefined { appointment_type }.into()))
}

fn projected(position: u64, event: Event) -> ProjectedEvent {
    let id = Uuid::from_u128(position.into());
    let metadata = fixtures::metadata(id, "2026-12-01T12:00:00Z".parse().unwrap());
    let stored = StoredText::of(&event, &metadata);
    ProjectedEvent { position, revision: 0, event_id: EventId::new(id), event, metadata, stored }
}

#[tokio::test]
async fn questions_are_answered_from_postgres_once_there_are_tables() {
    let schema = format!("query_api_{}", std::process::id());
    let service = Service::start(&schema);
    assert_eq!(service.get("/livez").await.0.lines().next(), Some("http/1.1 200 ok"));
    let told = service.until("/readyz", "503").await;
    assert!(told.contains("database"), "{told}");
    let (head, body) = service.get("/v1/agents").await;
    assert!(head.contains("503") && body.contains("not_ready"), "{head}{body}");

    let projector = PostgresReadModel::new(PostgresSettings::try_new(&url(), &schema).unwrap());
    projector.migrate().await.unwrap();
    projector.catch_up().await.unwrap();
    service.until("/readyz", "200").await;
    projector.apply(&[registered()], &[]).await.unwrap();
    let (head, body) = service.get("/v1/agents/7?min_position=70").await;
    assert!(head.contains("http/1.1 200") && head.contains("x-position: 70"), "{head}");
    assert!(body.contains("Ana Pérez"), "{body}");
    for (path, status) in [
        ("/v1/agents", "200"),
        ("/v1/appointments?status=scheduled&sort=-start", "200"),
        ("/v1/leads/55/context", "200"),
        ("/v1/agents/7/calendar?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z", "200"),
        ("/v1/agents/8", "404"),
        ("/v1/office", "404"),
        ("/v1/slots?appointment_type=visita_propiedad", "404"),
        ("/metrics", "200"),
    ] {
        let (head, body) = service.get(path).await;
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{path}: {head}{body}");
    }
    let mut service = service;
    let pid = service.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn slots_are_answered_with_redis_without_it_and_with_one_that_is_gone() {
    let redis = std::env::var("CITAS_TEST_REDIS")
        .expect("run the tests as scripts/services run cargo test --workspace");
    let schema = format!("query_api_slots_{}", std::process::id());
    let projector = PostgresReadModel::new(PostgresSettings::try_new(&url(), &schema).unwrap());
    projector.migrate().await.unwrap();
    projector.apply(&[registered(), defined()], &[]).await.unwrap();
    projector.catch_up().await.unwrap();
    // Nothing listens on port 1.
    let gone = "redis://citas:s3cret@127.0.0.1:1";
    for (besides, cache) in [
        (vec![], Some("memory")),
        (vec![("CITAS_REDIS", &redis[..])], Some("redis")),
        (vec![("CITAS_REDIS", gone)], None),
    ] {
        let service = Service::start_with(&schema, &besides);
        service.until("/readyz", "200").await;
        let (head, body) = service.get("/v1/slots?appointment_type=llamada&min_position=140").await;
        assert!(head.starts_with("http/1.1 200") && head.contains("x-position: 140"), "{head}{body}");
        let (_, metrics) = service.get("/metrics").await;
        if let Some(cache) = cache {
            assert!(metrics.contains(&format!("slot_cache_misses_total{{cache=\"{cache}\"}}")), "{metrics}");
        } else {
            assert!(metrics.contains("slot_cache_errors_total{cache=\"redis\"}"), "{metrics}");
        }
        service.until("/readyz", "200").await;
    }
}

#[test]
fn an_address_that_is_not_redis_ends_the_start_and_is_not_shown() {
    let mut command = command("citas");
    let ended = command.env("CITAS_REDIS", "http://citas:s3cret@cache.example").output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("redis://user:password@host:port") && !said.contains("s3cret"), "{said}");
}
