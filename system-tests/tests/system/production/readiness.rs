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
