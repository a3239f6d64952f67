use actix_web::http::Method;
use event_store::ExpectedRevision;
use schemas::event::AgentEvent;
use schemas::{AgentId, EventId};
use serde_json::{Value, json};

use crate::store::{Store, new_id};
use crate::support::{Answer, BOOK, agency, hour, send, server};

fn reassign(id: &Value) -> String {
    format!("/v1/appointments/{}/reassign", id.as_str().unwrap())
}

/// The appointment events of the agent's stream, newest last.
async fn events(store: &Store, agent: &str) -> Vec<AgentEvent> {
    let events = store.client().load(&store.stream(agent), None).await.unwrap();
    events
        .iter()
        .map(|event| AgentEvent::decode(&event.event_type, 1, &event.payload).unwrap())
        .filter(|event| event.event_type().starts_with("Appointment"))
        .collect()
}

async fn event_types(store: &Store, agent: &str) -> Vec<&'static str> {
    events(store, agent).await.iter().map(AgentEvent::event_type).collect()
}

fn agent_of(answer: &Answer) -> (u16, &Value) {
    (answer.status, &answer.body["agent_id"])
}

#[actix_web::test]
async fn an_appointment_moves_and_its_old_slot_is_free() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let path = reassign(&booked.body["appointment_id"]);

    let moved = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
    assert_eq!(agent_of(&moved), (200, &json!(store.name("b"))), "{moved:?}");
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", "AppointmentReassigned"]);
    assert_eq!(event_types(&store, "b").await, ["AppointmentBooked"]);

    let again = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
    assert!(again.replayed && again.body == moved.body, "{again:?}");
    assert_eq!(event_types(&store, "b").await, ["AppointmentBooked"], "nothing is appended twice");

    assert_eq!(send(&server, BOOK, "a is free", store.booking(Some("a"), hour(5))).await.status, 201);
    assert_eq!(send(&server, BOOK, "b is not", store.booking(Some("b"), hour(5))).await.status, 409);
}

#[actix_web::test]
async fn an_agent_who_cannot_take_it_leaves_it_where_it_is() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    send(&server, BOOK, "busy", store.booking(Some("b"), hour(5))).await;
    let path = reassign(&booked.body["appointment_id"]);

    let refused = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
    assert_eq!((refused.status, &refused.body["reason"]), (409, &json!("already_booked")));
    let unknown = send(&server, (Method::POST, &path), "nobody", json!({"agent_id": store.name("x")})).await;
    assert_eq!((unknown.status, &unknown.body["code"]), (404, &json!("unknown_agent")));
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked"]);
    assert_eq!(event_types(&store, "b").await, ["AppointmentBooked"]);
}

/// Writes to b's stream what a process writes that stops between the two appends.
async fn stopped_half_way(store: &Store) {
    let AgentEvent::AppointmentBooked(mut booked) = events(store, "a").await.remove(0) else {
        panic!("booked first")
    };
    booked.agent_id = AgentId::parse(&store.name("b")).unwrap();
    booked.reassigned_from = Some(AgentId::parse(&store.name("a")).unwrap());
    let client = store.client();
    let before = client.load(&store.stream("b"), None).await.unwrap();
    let event = AgentEvent::from(booked);
    let metadata = schemas::Metadata {
        command_id: schemas::CommandId::new(new_id()),
        ..before.last().unwrap().metadata().unwrap()
    };
    let new = event_store::NewEvent {
        event_id: EventId::new(new_id()),
        event_type: event.event_type(),
        payload: event.payload(),
        metadata,
    };
    let expected = ExpectedRevision::Exact(before.last().unwrap().revision);
    client.append(&store.stream("b"), expected, &[new]).await.unwrap();
}

/// Waits until the agent's stream has that many events of appointments.
async fn until(store: &Store, agent: &str, count: usize) {
    let mut subscription = store.client().subscribe_stream(&store.stream(agent), None);
    let mut seen = 0;
    while seen < count {
        if let event_store::SubscriptionItem::Event(event) = subscription.next().await
            && event.event_type.starts_with("Appointment")
        {
            seen += 1;
        }
    }
}

#[actix_web::test]
async fn a_move_that_stopped_half_way_is_completed_by_the_next_start() {
    let store = Store::start().await;
    {
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a", "b"]).await;
        send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    }
    stopped_half_way(&store).await;

    let api = store.api().await;
    until(&store, "a", 2).await;
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", "AppointmentReassigned"]);
    assert_eq!(event_types(&store, "b").await, ["AppointmentBooked"]);
    drop(api);
}

#[actix_web::test]
async fn a_move_that_stopped_half_way_is_undone_if_the_appointment_was_called_off_since() {
    let store = Store::start().await;
    {
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a", "b"]).await;
        let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
        let path = format!("/v1/appointments/{}/cancel", booked.body["appointment_id"].as_str().unwrap());
        assert_eq!(send(&server, (Method::POST, &path), "cancel", json!({})).await.status, 200);
    }
    stopped_half_way(&store).await;

    let api = store.api().await;
    until(&store, "b", 2).await;
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", "AppointmentCancelled"]);
    assert_eq!(event_types(&store, "b").await, ["AppointmentBooked", "AppointmentReassigned"]);
    drop(api);
}

#[actix_web::test]
async fn whoever_repeats_a_move_that_stopped_half_way_completes_it() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    stopped_half_way(&store).await;

    let path = reassign(&booked.body["appointment_id"]);
    let moved = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
    assert_eq!(agent_of(&moved), (200, &json!(store.name("b"))), "{moved:?}");
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", "AppointmentReassigned"]);
    assert_eq!(event_types(&store, "b").await, ["AppointmentBooked"]);
}
