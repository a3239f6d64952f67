use event_store::{EventStore, ExpectedRevision, NewEvent};
use futures::future::join_all;
use schemas::event::AgentProfileUpdated;
use schemas::{AgentEvent, AgentId, EventId, Metadata, stream};
use serde_json::json;
use system_tests::{Client, EventNode, Request, Service, now};
use uuid::Uuid;

use crate::support::{at, book, booking, set_up, text};

/// So many events that reading them takes a while.
const PAST: u128 = 20_000;
const BATCH: u128 = 500;

/// Something of somebody else, after everything else: the directory gets to the end of the log late.
async fn append_a_past(store: &EventStore) {
    let agent_id: AgentId = "busy".parse().unwrap();
    let event = |number: u128| {
        let id = Uuid::from_u128(number + 1);
        let event = AgentEvent::from(AgentProfileUpdated {
            agent_id: agent_id.clone(),
            profile: fixtures::profile("Busy"),
        });
        NewEvent {
            event_id: EventId::new(id),
            event_type: event.event_type(),
            metadata: Metadata { schema_version: event.schema_version(), ..fixtures::metadata(id, now()) },
            payload: event.payload(),
        }
    };
    for first in (0..PAST).step_by(usize::try_from(BATCH).unwrap()) {
        let events: Vec<_> = (first..first + BATCH).map(event).collect();
        store.append(&stream::agent(&agent_id), ExpectedRevision::Any, &events).await.unwrap();
    }
}

async fn hold(client: &Client, minutes: i64) -> String {
    let slot = json!({
        "agent_id": "8", "appointment_type": "visit", "start": text(at(3, minutes)), "lead_id": format!("{minutes}"),
    });
    client.post("/v1/holds").body(&slot).ok().await["hold_id"].as_str().unwrap().to_owned()
}

/// The first request to a process that is ready is answered as any later one: each of these is on something that was made
/// before it was started, at the very end of a long log.
#[tokio::test]
async fn a_command_api_that_is_killed_and_started_anew_answers_every_command_once_it_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let node = EventNode::start(folder.path().join("data")).await;
    let first = Service::command_api(node.connection_string()).ready().await;
    append_a_past(&EventStore::new(node.connection_string()).unwrap()).await;
    let client = first.client();
    set_up(&client, &["7", "8"]).await;
    let mut appointments = Vec::new();
    for half_hour in 0..7 {
        appointments.push(book(&client, "7", "1", at(3, half_hour * 30)).await);
    }
    let (released, used) = (hold(&client, 600).await, hold(&client, 660).await);
    client.post("/v1/appointments").key("again").body(&booking("7", "2", at(4, 0))).ok().await;
    first.kill().await;

    let second = Service::command_api(node.connection_string()).listening().await;
    second.until_unready_with("directory").await;
    second.until_ready().await;
    let client = second.client();
    let of = |number: usize, name: &str| {
        client.another().post(&format!("/v1/appointments/{}/{name}", appointments[number]))
    };
    let with_hold = json!({"hold_id": used, "lead_id": "660"});
    let commands: Vec<(Request, u16)> = vec![
        (of(0, "cancel").body(&json!({})), 200),
        (of(1, "confirm"), 200),
        (of(2, "reschedule").body(&json!({"start": text(at(5, 0))})), 200),
        (of(3, "reassign").body(&json!({"agent_id": "8"})), 200),
        // They are refused by the rules: neither has begun.
        (of(4, "complete"), 409),
        (of(5, "no-show"), 409),
        (client.another().delete(&format!("/v1/holds/{released}")), 200),
        (client.another().post("/v1/appointments").body(&with_hold), 201),
        (client.another().post("/v1/appointments").key("again").body(&booking("7", "2", at(4, 0))), 201),
    ];
    let answers = join_all(
        commands.into_iter().map(|(request, status)| async move { (request.answer().await, status) }),
    );
    for (answer, status) in answers.await {
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    }
    // What there is not is not there, and not merely unknown.
    let nobody = format!("/v1/appointments/{}/cancel", Uuid::from_u128(7));
    client.post(&nobody).body(&json!({})).answer().await.refused(404, "appointment_not_found");
}
