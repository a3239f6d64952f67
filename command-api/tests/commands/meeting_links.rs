//! Links of video calls, from the agents' rooms and the office's template.

use actix_web::http::Method;
use schemas::AgentEvent;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, Routes, Server, agency, hour, send, server};

const WHY_OWN: &str = "sets the office's template";

async fn patch(server: &Server<'_, impl Routes>, path: &str, body: Value) -> Answer {
    send(server, (Method::PATCH, path), "", body).await
}

/// Visits are video calls; the office has a template, and the agents named here a room.
async fn given(server: &Server<'_, impl Routes>, store: &Store, rooms: &[&str]) {
    agency(server, &["a", "b"]).await;
    let visit = format!("/v1/office/appointment-types/{}", store.name("visit"));
    assert_eq!(patch(server, &visit, json!({"location_kind": "video"})).await.status, 200);
    let template = json!({"meeting_link_template": "https://meet.example.cl/{appointment_id}"});
    assert_eq!(patch(server, "/v1/office", template).await.status, 200);
    for agent in rooms {
        let room = json!({"meeting_room_url": format!("https://meet.example.cl/room-{agent}")});
        let changed = patch(server, &format!("/v1/agents/{}", store.name(agent)), room).await;
        assert_eq!(changed.status, 200, "{changed:?}");
    }
}

/// The payload of the last event of this type in the agent's stream.
async fn last(store: &Store, agent: &str, event_type: &str) -> Value {
    let events = store.client().load(&store.stream(agent), None).await.unwrap();
    let last = events.iter().rfind(|event| event.event_type == event_type).unwrap();
    AgentEvent::decode(event_type, 1, &last.payload).unwrap();
    serde_json::from_slice(&last.payload).unwrap()
}

#[actix_web::test]
async fn a_link_goes_with_its_agent() {
    let store = Store::own(WHY_OWN).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    given(&server, &store, &["a"]).await;
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(30))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let id = booked.body["appointment_id"].as_str().unwrap().to_owned();
    let event = last(&store, "a", "AppointmentBooked").await;
    assert_eq!(event["location"]["personal"], "https://meet.example.cl/room-a");

    for (agent, from, link) in [
        ("b", "a", format!("https://meet.example.cl/{id}")),
        ("a", "b", "https://meet.example.cl/room-a".to_owned()),
    ] {
        let path = format!("/v1/appointments/{id}/reassign");
        let body = json!({"agent_id": store.name(agent)});
        let moved = send(&server, (Method::POST, &path), "", body).await;
        assert_eq!(moved.status, 200, "{moved:?}");
        let event = last(&store, from, "AppointmentHandedOver").await;
        assert_eq!(event["appointment"]["location"]["personal"], link, "{agent}");
        let event = last(&store, agent, "AppointmentReceived").await;
        assert_eq!(event["appointment"]["location"]["personal"], link, "{agent}");
    }
}

#[actix_web::test]
async fn whoever_gets_a_booking_that_names_no_agent_brings_the_link() {
    let store = Store::own(WHY_OWN).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    given(&server, &store, &["a", "b"]).await;
    // One is sent once, the other may be sent again: the two ways by which an agent is found.
    for key in ["", "again"] {
        let mut booking = store.booking(None, hour(30));
        booking["lead_id"] = store.name(&format!("lead{key}")).into();
        let booked = send(&server, BOOK, key, booking).await;
        assert_eq!(booked.status, 201, "{booked:?}");
        let agent = if booked.body["agent_id"] == store.name("a") { "a" } else { "b" };
        let event = last(&store, agent, "AppointmentBooked").await;
        assert_eq!(event["location"]["personal"], format!("https://meet.example.cl/room-{agent}"));
    }
}

#[actix_web::test]
async fn an_address_that_is_none_is_refused_by_its_name() {
    let store = Store::own(WHY_OWN).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    given(&server, &store, &["a"]).await;
    let agent = format!("/v1/agents/{}", store.name("a"));
    let named =
        |member: &str, value: Value| json!({member: value, "name": "Ana", "time_zone": "America/Santiago"});
    for (method, path, member, value) in [
        (Method::PATCH, agent.as_str(), "meeting_room_url", "http://meet.example.cl/ana"),
        (Method::PUT, agent.as_str(), "meeting_room_url", "meet.example.cl"),
        (Method::PATCH, "/v1/office", "meeting_link_template", "https://meet.example.cl/sala"),
        (Method::PUT, "/v1/office", "meeting_link_template", "https://meet.example.cl/{agent_id}"),
    ] {
        let refused = send(&server, (method, path), "", named(member, value.into())).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(member)), "{refused:?}");
    }
    let without = patch(&server, &agent, json!({"meeting_room_url": null})).await;
    assert_eq!(without.status, 200, "{without:?}");
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(30))).await;
    let id = booked.body["appointment_id"].as_str().unwrap();
    let event = last(&store, "a", "AppointmentBooked").await;
    assert_eq!(event["location"]["personal"], format!("https://meet.example.cl/{id}"));
    // A policy that is set as a whole has no template, unless it names one.
    let office = send(&server, (Method::PUT, "/v1/office"), "", json!({"name": "Oficina"})).await;
    assert_eq!(office.body["reset"], json!(["meeting_link_template"]));
}
