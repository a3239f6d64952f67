//! An event that this release cannot read: its stream waits, all others go on, and an operator decides.

use event_node::{Node, NodeConfig};
use event_store::{EventStore, ExpectedRevision, NewEvent};
use schemas::EventId;
use serde_json::{Value, json};
use system_tests::{Answer, Client, Launch};
use uuid::Uuid;

use crate::support::{Given, VISIT, at, book, booking, text};

const LATER: &str = "AgentRenamedByALaterRelease";

/// Appends an event that cannot be read to a stream, while the program is stopped.
async fn append_unreadable(data: &std::path::Path, stream: &str, event_type: &'static str, payload: &[u8]) {
    let node = Node::start(NodeConfig::new(data)).await.unwrap();
    let store = EventStore::new(&node.connection_string()).unwrap();
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let event = NewEvent {
        event_id: EventId::new(id),
        event_type,
        payload: payload.to_vec(),
        metadata: fixtures::metadata(id, "2026-12-01T12:00:00Z".parse().unwrap()),
    };
    let revision = store.stream_revision(stream).await.unwrap().unwrap();
    store.append(stream, ExpectedRevision::Exact(revision), &[event]).await.unwrap();
    drop(store);
    node.shutdown().await;
}

/// What `/readyz` says of parked streams; nothing if none is.
async fn parked(client: &Client) -> Option<String> {
    let ready = client.get("/readyz").ok().await;
    let failing = ready["not_ready"].as_array().cloned().unwrap_or_default();
    let found = failing.into_iter().find(|failing| failing["name"] == "parked_streams")?;
    Some(found["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_stream_that_cannot_be_read_on_waits_until_an_operator_decides_and_holds_up_no_other() {
    let Given { citas, client, folder: _folder } = Given::agency(&["7", "8"]).await;
    let before = book(&client, "8", "55", at(3, 0)).await;
    let data = citas.data().to_owned();
    citas.stop().await;
    append_unreadable(&data, "agent-8", LATER, b"{}").await;

    let citas = Launch::new(data).ready().await;
    let client = citas.client();
    let told = parked(&client).await.expect("it is named");
    assert!(told.contains("projection: stream agent-8") && told.contains(LATER), "{told}");
    // All other streams go on, and what came before it is there.
    let other = client.post("/v1/appointments").body(&booking("7", "55", at(3, 60))).ok().await;
    let (id, position) = (other["appointment_id"].as_str().unwrap(), &other["position"]);
    for id in [before.as_str(), id] {
        client.get(&format!("/v1/appointments/{id}?min_position={position}")).ok().await;
    }
    let metrics = client.get("/metrics").answer().await.text;
    assert!(metrics.contains("reactor_parked_streams{reactor=\"projection\"} 1"), "{metrics}");

    let command = |verb: &str| format!("/v1/operations/parked/projection/agent-8/{verb}");
    let tried = client.post(&command("retry")).body(&json!({})).ok().await;
    assert_eq!((&tried["parked"], &tried["stream"]), (&json!(true), &json!("agent-8")));
    assert!(tried["reason"].as_str().unwrap().contains(LATER), "{tried}");
    assert!(parked(&client).await.is_some());

    // Whoever books with anyone is served by those whose streams can be read, though 8 would be asked first.
    let anyone = json!({"lead_id": "56", "appointment_type": VISIT, "start": text(at(5, 0))});
    assert_eq!(client.post("/v1/appointments").body(&anyone).ok().await["agent_id"], "7");

    for (name, value) in [("idempotency-key", &b"k"[..]), ("if-match", b"\"1\"")] {
        let refused = client.post(&command("retry")).header(name, value).answer().await;
        refused.refused(400, "malformed_request");
    }
    let (event, another) = (json!({"revision": tried["version"]}), json!({"revision": 0}));
    client.post(&command("skip")).answer().await.refused(400, "malformed_request");
    let refused = client.post(&command("skip")).body(&another).answer().await;
    assert_eq!(refused.refused(409, "stream_not_parked")["revision"], tried["version"]);
    let skipped = client.post(&command("skip")).body(&event).ok().await;
    assert_eq!((&skipped["parked"], &skipped["reason"]), (&json!(false), &json!(null)), "{skipped}");
    assert_eq!(parked(&client).await, None);

    client.post(&command("skip")).body(&event).answer().await.refused(409, "stream_not_parked");
    client.post("/v1/operations/parked/nobody/agent-8/retry").answer().await.refused(404, "unknown_reactor");
    citas.stop().await;
}

/// Status and code of an answer that is not the caller's fault.
fn failed(answer: &Answer) -> (u16, String) {
    let problem: Value = serde_json::from_str(&answer.text).unwrap();
    (answer.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_may_be_on_a_parked_stream_is_not_said_to_be_missing() {
    let Given { citas, folder: _folder, .. } = Given::agency(&["7", "8"]).await;
    let data = citas.data().to_owned();
    citas.stop().await;
    append_unreadable(&data, "agent-8", "AgentProfileUpdated", b"{}").await;

    let citas = Launch::new(data).ready().await;
    let client = citas.client();
    let unknown = format!("/v1/appointments/{}/confirm", Uuid::from_u128(7));
    assert_eq!(failed(&client.post(&unknown).answer().await), (503, "behind".to_owned()));
    let retry = "/v1/operations/parked/directory/agent-8/retry";
    let event = json!({"revision": client.post(retry).ok().await["version"]});
    client.post("/v1/operations/parked/directory/agent-8/skip").body(&event).ok().await;
    client.post(&unknown).answer().await.refused(404, "appointment_not_found");

    // Whoever wants something of the agent itself is told that it is not to be had, and not that it is to be had later.
    let booked = book(&client, "7", "55", at(3, 0)).await;
    let reassigned =
        client.post(&format!("/v1/appointments/{booked}/reassign")).body(&json!({"agent_id": "8"}));
    assert_eq!(failed(&reassigned.answer().await), (500, "internal".to_owned()));
    citas.stop().await;
}

#[tokio::test]
async fn an_office_that_cannot_be_read_on_does_not_keep_the_program_from_starting() {
    let Given { citas, folder: _folder, .. } = Given::agency(&["7"]).await;
    let data = citas.data().to_owned();
    citas.stop().await;
    append_unreadable(&data, "office", "OfficeMovedByALaterRelease", b"{}").await;

    let citas = Launch::new(data).ready().await;
    let client = citas.client();
    let told = parked(&client).await.expect("it is named");
    assert!(told.contains("stream office is parked"), "{told}");
    book(&client, "7", "55", at(3, 0)).await;
    let changed = client.put("/v1/office").body(&json!({"name": "Casas"}));
    assert_eq!(failed(&changed.answer().await), (500, "internal".to_owned()));
    citas.stop().await;
}

#[tokio::test]
async fn what_an_unreadable_event_holds_is_in_no_log() {
    let Given { citas, folder: _folder, .. } = Given::agency(&["8"]).await;
    let data = citas.data().to_owned();
    citas.stop().await;
    let payload = br#"{"agent_id": "8", "profile": "Maria Perez, +56 9 7777 6666"}"#;
    append_unreadable(&data, "agent-8", "AgentProfileUpdated", payload).await;

    let citas = Launch::new(data).ready().await;
    let client = citas.client();
    let asked = client.post("/v1/agents/8/deactivate").body(&json!({}));
    assert_eq!(failed(&asked.answer().await), (500, "internal".to_owned()));
    let ready = client.get("/readyz").answer().await.text;
    let logs = citas.stop().await.logs;
    assert!(logs.contains("does not match its schema, at column"), "{logs}");
    assert!(!logs.contains("Maria") && !ready.contains("Maria"), "{ready}\n{logs}");
}
