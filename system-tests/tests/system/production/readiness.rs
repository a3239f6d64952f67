use std::process::Command;

use system_tests::{EventNode, RunningService, Service};

use super::support::{address_of_its_own, postgres, unique};

/// Nothing listens there.
const NOWHERE: &str = "127.0.0.1:1";

async fn lives_and_says(service: RunningService, text: &str) {
    service.until_unready_with(text).await;
    assert_eq!(service.client().get("/livez").answer().await.status, 200);
    let exit = service.stop().await;
    assert_eq!(exit.code, Some(0), "it can be stopped while it waits: {}", exit.logs);
}

#[tokio::test]
async fn every_service_starts_without_its_servers_and_says_what_it_waits_for() {
    let store = format!("esdb://{NOWHERE}?tls=false&discoveryInterval=1");
    let database = format!("postgres://citas@{NOWHERE}/citas");
    let schema = format!("production_{}", unique());
    lives_and_says(Service::command_api(&store).listening().await, "event_store").await;
    lives_and_says(Service::query_api(&database, &schema).listening().await, "database").await;
    lives_and_says(Service::projector(&store, &database, &schema).listening().await, "database").await;
    let projector = Service::projector(&store, &postgres(), &schema);
    lives_and_says(projector.listening().await, "projection").await;
}

#[tokio::test]
async fn nothing_is_said_not_to_exist_before_the_past_has_been_read() {
    let schema = format!("production_{}", unique());
    let away = format!("esdb://{NOWHERE}?tls=false&discoveryInterval=1");
    let projector = Service::projector(&away, &postgres(), &schema).listening().await;
    let query_api = Service::query_api(&postgres(), &schema).listening().await;
    query_api.until_unready_with("still reading past events").await;
    let answer = query_api.client().get("/v1/agents/102").answer().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (503, &"not_ready".into()));
    projector.stop().await;

    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
    let projector = Service::projector(node.connection_string(), &postgres(), &schema).ready().await;
    query_api.stop().await;
    let query_api = Service::query_api(&postgres(), &schema).ready().await;
    query_api.client().get("/v1/agents/102").answer().await.refused(404, "unknown_agent");
    projector.stop().await;
    query_api.stop().await;
}

/// Before a projector has made them, and after a hand was on them.
#[tokio::test]
async fn tables_that_are_missing_are_told_from_a_database_that_is_away() {
    let schema = format!("production_{}", unique());
    let query_api = Service::query_api(&postgres(), &schema).listening().await;
    query_api.until_unready_with(&format!("has no tables of Citas in schema {schema}")).await;
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start_at(folder.path().join("data"), &address_of_its_own()).await;
    let projector = Service::projector(node.connection_string(), &postgres(), &schema).ready().await;
    query_api.until_ready().await;
    sql(&format!("DELETE FROM {schema}.projection"));
    for service in [&query_api, &projector] {
        service.until_unready_with("or its row, is gone; run `projector rebuild`").await;
    }
    let before = query_api.logs().matches("a query failed").count();
    let begun = std::time::Instant::now();
    for _ in 0..50 {
        query_api.client().get("/v1/agents").answer().await;
    }
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    let lines = query_api.logs().matches("a query failed").count() - before;
    assert!((1..=seconds + 2).contains(&lines), "{lines} lines in {seconds} s: {}", query_api.logs());
}

fn sql(statement: &str) {
    let psql = Command::new("psql").args(["-X", "-q", &postgres(), "-c", statement]).status();
    assert!(psql.unwrap().success(), "{statement}");
}

/// What nobody reads is told by its name, and its value is not.
#[tokio::test]
async fn a_variable_that_no_program_knows_is_named_at_the_start() {
    let store = format!("esdb://{NOWHERE}?tls=false");
    let database = format!("postgres://citas@{NOWHERE}/citas");
    for service in [
        Service::command_api(&store),
        Service::query_api(&database, "nobodys"),
        Service::projector(&store, &database, "nobodys"),
    ] {
        let service = service.setting("CITAS_POSTGRESS", "mistyped").setting("CITAS_REDIS_URL", "mistyped");
        let exit = service.listening().await.stop().await;
        for words in ["CITAS_POSTGRESS", "is CITAS_POSTGRES meant?", "CITAS_REDIS_URL"] {
            assert!(exit.logs.contains(words), "{words}: {}", exit.logs);
        }
        assert!(!exit.logs.contains("mistyped"), "{}", exit.logs);
    }
}

/// As an orchestrator mounts them.
#[tokio::test]
async fn every_service_takes_each_secret_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let in_files = |mut service: Service, secrets: &[(&str, &str)]| {
        let usual =
            [("CITAS_ADMIN_TOKEN", "the-token-of-a-file"), ("CITAS_SLOT_REF_KEY", "the-key-of-a-file-")];
        for (variable, secret) in secrets.iter().chain(&usual) {
            let file = folder.path().join(variable);
            std::fs::write(&file, format!("{secret}\n")).unwrap();
            service = service.secret_in_file(variable, &file);
        }
        service
    };
    let store = ("CITAS_EVENT_STORE", format!("esdb://{NOWHERE}?tls=false&discoveryInterval=1"));
    let database = ("CITAS_POSTGRES", format!("postgres://citas@{NOWHERE}/citas"));
    let (store, database) = ((store.0, &*store.1), (database.0, &*database.1));
    let (unused, redis) = ("postgres://unused", ("CITAS_REDIS", "redis://127.0.0.1:1"));
    for service in [
        in_files(Service::command_api("esdb://unused"), &[store]),
        in_files(Service::query_api(unused, "nobodys"), &[database, redis]),
        in_files(Service::projector("esdb://unused", unused, "nobodys"), &[store, database]),
    ] {
        let service = service.listening().await;
        let metrics = service.client().get("/metrics");
        assert_eq!(metrics.answer().await.status, 401, "the token of the test is not that of the file");
        let client = service.client().stranger();
        let metrics = client.get("/metrics").header("authorization", "Bearer the-token-of-a-file");
        assert_eq!(metrics.answer().await.status, 200);
        service.stop().await;
    }
}

/// What a container asks.
#[tokio::test]
async fn a_service_can_be_asked_how_it_is_by_its_own_program() {
    let database = format!("postgres://citas@{NOWHERE}/citas");
    let service = Service::query_api(&database, "nobodys").listening().await;
    service.until_unready_with("database").await;
    let check = |what: &'static str| {
        let mut command = tokio::process::Command::new(system_tests::program("query-api"));
        // Where it listens is all that has to be known.
        command.env_clear().env("CITAS_LISTEN", service.client().address()).arg(what);
        async move {
            let checked = command.output().await.unwrap();
            (checked.status.code(), String::from_utf8(checked.stdout).unwrap())
        }
    };
    let (code, said) = check("--check").await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("503: ") && said.contains("database"), "{said}");
    let (code, said) = check("--check=livez").await;
    assert_eq!(code, Some(0), "{said}");
    service.stop().await;
    let address = NOWHERE;
    let mut command = tokio::process::Command::new(system_tests::program("projector"));
    let checked = command.env_clear().args(["--listen", address, "--check"]).output().await.unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8(checked.stdout).unwrap().contains("nothing answers"));
}
