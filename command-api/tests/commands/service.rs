//! What only the service as a process shows: waiting for its store, a fresh office, readiness, stopping.

use std::process::Stdio;

use futures::future::join_all;
use serde_json::json;

use crate::process::{Process, TOKEN};
use crate::store::Store;
use crate::support::TIMEOUT;

const OFFICE: &str = "office";

async fn types_of_office_events(store: &Store) -> Vec<String> {
    let events = store.client().load(OFFICE, None).await.unwrap();
    events.iter().map(|event| event.event_type.clone()).collect()
}

#[tokio::test]
async fn a_store_that_is_away_at_the_start_is_waited_for_and_named() {
    let mut store = Store::own("stops it").await;
    store.node().stop().await;
    let process = Process::start(&store.connection_string(), &[]);
    let told = process.until("/readyz", |reply| reply.status == 503).await;
    for part in ["event_store", "directory", "office", "has not been reached yet"] {
        assert!(told.body.contains(part), "{part} in {told:?}");
    }
    assert_eq!(process.get("/livez").await.status, 200);
    let refused = process.send("PUT", "/v1/office", "1", &json!({"name": "Casa"})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (503, &json!("store_unavailable")));

    store.node().start_again().await;
    let ready = process.ready().await;
    assert_eq!(
        ready.json()["checks"],
        json!(["event_store", "directory", "office", "parked_streams", "clock"])
    );
    assert_eq!(process.send("PUT", "/v1/office", "1", &json!({"name": "Casa"})).await.status, 200);

    store.node().stop().await;
    let told = process.until("/readyz", |reply| reply.status == 503).await;
    assert!(told.body.contains("event_store") && !told.body.contains("\"directory\""), "{told:?}");
    store.node().start_again().await;
    process.ready().await;
    assert_eq!(process.send("PUT", "/v1/office", "2", &json!({"name": "Hogar"})).await.status, 200);
}

#[tokio::test]
async fn of_processes_that_start_together_a_fresh_office_is_set_up_once() {
    let store = Store::own("is about an office that nobody has set up").await;
    let processes: Vec<Process> = (0..3).map(|_| Process::start(&store.connection_string(), &[])).collect();
    join_all(processes.iter().map(Process::ready)).await;
    let expected =
        ["AppointmentTypeDefined", "AppointmentTypeDefined", "AppointmentTypeDefined", "OfficePolicySet"];
    assert_eq!(types_of_office_events(&store).await, expected);

    let renamed = processes[0].send("PUT", "/v1/office", "name", &json!({"name": "Casa Propia"})).await;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    Process::start(&store.connection_string(), &[]).ready().await;
    assert_eq!(types_of_office_events(&store).await.len(), 5, "an office that is set up stays as it is");
}

#[tokio::test]
async fn questions_are_not_for_it_and_it_says_what_is() {
    let store = Store::start().await;
    let process = Process::start(&store.connection_string(), &[]);
    process.ready().await;
    for (path, status, allow) in [
        ("/v1/appointments", 405, "allow: post\r\n"),
        ("/v1/office", 405, "allow: put, patch\r\n"),
        ("/v1/office/appointment-types/x", 405, "allow: put, patch, delete\r\n"),
        ("/v1/slots", 404, ""),
        ("/metrics", 200, ""),
    ] {
        let reply = process.get(path).await;
        assert_eq!(reply.status, status, "{path}: {reply:?}");
        assert!(format!("{}\r\n", reply.head).contains(allow), "{path}: {reply:?}");
    }
}

/// Whatever was sent before the process is asked to stop is carried out and answered.
#[tokio::test]
async fn what_is_under_way_when_it_is_asked_to_end_is_answered() {
    let (store, wire) = Store::behind_a_wire().await;
    let process = Process::start(&format!("esdb://{}?tls=false", wire.address()), &[]);
    process.ready().await;
    let agent = |name: &str| json!({"name": name, "time_zone": "America/Santiago"});
    let (path, key) = (format!("/v1/agents/{}", store.name("7")), store.name("2"));
    // Its stream is known now, and need not be read before the next command on it.
    assert_eq!(process.send("PUT", &path, &store.name("1"), &agent("Ana")).await.status, 200);
    wire.hold_answers(true);
    let renamed = agent("Ana Pérez");
    let sent = process.send("PUT", &path, &key, &renamed);
    let ended = async {
        // It is stored, and not answered yet.
        store.until_stored(&store.stream("7"), 0).await;
        process.terminate();
        process.until_deaf().await;
        wire.hold_answers(false);
    };
    let (reply, ()) = tokio::time::timeout(TIMEOUT, futures::future::join(sent, ended)).await.unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(process.ended(), Some(0));
}

#[tokio::test]
async fn settings_are_documented_and_told_without_secrets() {
    let program = || tokio::process::Command::new(env!("CARGO_BIN_EXE_command-api"));
    let mut help = program();
    help.env_clear().env("CITAS_SLOT_REF_KEY", "s3cret").arg("--help");
    let help = String::from_utf8(help.output().await.unwrap().stdout).unwrap();
    for part in ["--event-store", "CITAS_ADMIN_TOKEN", "--slot-ref-key", "--max-live-agents", "--config"] {
        assert!(help.contains(part), "{part} in {help}");
    }
    assert!(!help.contains("s3cret"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("command-api.toml");
    let entries =
        "event_store = \"esdb://x:s3cret@host:port\"\nslot_ref_key = \"a-key-of-enough-characters\"\n";
    std::fs::write(&file, format!("{entries}admin_token = \"{TOKEN}\"\n")).unwrap();
    let mut refused = program();
    refused.env_clear().arg("--config").arg(&file).stderr(Stdio::piped()).kill_on_drop(true);
    let refused = tokio::time::timeout(TIMEOUT, refused.output()).await.expect("it ends").unwrap();
    let logs = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(logs.contains("connection string") && !logs.contains("s3cret"), "{logs}");
}
