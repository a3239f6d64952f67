//! One lead is in one place, and a property is visited as its owner allows, whoever of the agents is asked.

use actix_web::http::Method;
use chrono::{DateTime, Utc};
use event_store::ExpectedRevision;
use futures::future::join_all;
use schemas::event::{AppointmentBooked, LeadEvent, TimeReserved};
use schemas::{AgentId, AppointmentId, EventId, LeadId, ReservationId};
use serde_json::{Value, json};

use crate::store::{Store, new_id};
use crate::support::{Answer, BOOK, agency, hour, send, server};

const HOLD: (Method, &str) = (Method::POST, "/v1/holds");
const AGENTS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// The agents of an office in which a lead is in one place.
async fn guarded(server: &crate::support::Server<'_, impl crate::support::Routes>, agents: &[&str]) {
    agency(server, agents).await;
    let refuse = json!({"lead_overlap": "refuse"});
    let answer = send(server, (Method::PATCH, "/v1/office"), "refuse", refuse).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

/// Of so many answers, one is a booking and all others are this refusal.
fn assert_one(answers: &[Answer], code: &str) {
    let booked = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(booked, 1, "{:?}", statuses(answers));
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!(code)), "{refused:?}");
    }
}

/// A property of this name is registered.
async fn register(server: &crate::support::Server<'_, impl crate::support::Routes>, property_id: &str) {
    let property = json!({
        "title": "Departamento",
        "address": "Irarrázaval 3450",
        "comuna": "Ñuñoa",
        "overlap": "exclusive",
    });
    let path = format!("/v1/properties/{property_id}");
    let answer = send(server, (Method::PUT, &path), &path, property).await;
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
}

fn visit(store: &Store, lead: &str, agent: Option<&str>, hours: i64, property_id: &str) -> Value {
    let mut body = store.booking_of(lead, agent, hour(hours));
    body["property_id"] = json!(property_id);
    body
}

#[actix_web::test]
async fn a_lead_with_five_agents_is_booked_once() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &AGENTS).await;
    for round in 0..4 {
        let bookings = (0..16).map(|number| {
            let agent = AGENTS[number % AGENTS.len()];
            let body = store.booking_of("lead", Some(agent), hour(5 + round * 3));
            let (server, key) = (&server, format!("{round} {number}"));
            async move { send(server, BOOK, &key, body).await }
        });
        assert_one(&join_all(bookings).await, "lead_has_appointment");
    }
}

#[actix_web::test]
async fn a_lead_with_any_agent_over_two_processes_is_booked_once() {
    let store = Store::start().await;
    let (one, other) = (store.api().await, store.api().await);
    let (one, other) = (server(&store, &one).await, server(&store, &other).await);
    guarded(&one, &AGENTS).await;
    let booking = |number: usize| {
        let agent = (number % 2 == 0).then(|| AGENTS[number % AGENTS.len()]);
        store.booking_of("lead", agent, hour(5))
    };
    let of_one = join_all((0..8).map(|number| {
        let (server, body) = (&one, booking(number));
        async move { send(server, BOOK, &format!("one {number}"), body).await }
    }));
    let of_other = join_all((0..8).map(|number| {
        let (server, body) = (&other, booking(number + 1));
        async move { send(server, BOOK, &format!("other {number}"), body).await }
    }));
    let (mut answers, others) = futures::future::join(of_one, of_other).await;
    answers.extend(others);
    assert_one(&answers, "lead_has_appointment");
}

#[actix_web::test]
async fn a_property_with_many_leads_is_visited_once_at_a_time() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &AGENTS).await;
    let property_id = store.name("P-1");
    register(&server, &property_id).await;
    let bookings = (0..16).map(|number| {
        let agent = AGENTS[number % AGENTS.len()];
        let body = visit(&store, &format!("lead {number}").replace(' ', "-"), Some(agent), 5, &property_id);
        let (server, key) = (&server, number.to_string());
        async move { send(server, BOOK, &key, body).await }
    });
    let answers = join_all(bookings).await;
    assert_one(&answers, "slot_unavailable");
}

#[actix_web::test]
async fn the_refusal_names_the_appointment_with_another_agent() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &["a", "b"]).await;
    let known = send(&server, BOOK, "known", store.booking_of("lead", Some("a"), hour(5))).await;
    let refused = send(&server, BOOK, "again", store.booking_of("lead", Some("b"), hour(5))).await;
    assert_eq!(refused.body["code"], "lead_has_appointment", "{refused:?}");
    for member in ["appointment_id", "start", "end"] {
        assert_eq!(refused.body[member], known.body[member], "{member}: {refused:?}");
    }
    let mut forced = store.booking_of("lead", Some("b"), hour(5));
    forced["force"] = json!(["lead_overlap"]);
    assert_eq!(send(&server, BOOK, "forced", forced).await.status, 201);
}

#[actix_web::test]
async fn a_registered_property_has_one_visit_of_a_lead_with_any_agent() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &["a", "b"]).await;
    let property_id = store.name("P-1");
    let of_others = visit(&store, "lead", Some("a"), 5, &property_id);
    let known = send(&server, BOOK, "unregistered", of_others).await;
    assert_eq!(known.status, 201, "{known:?}");
    let second = visit(&store, "lead", Some("b"), 9, &property_id);
    let known_too = send(&server, BOOK, "nobody knows", second).await;
    assert_eq!(known_too.status, 201);

    register(&server, &property_id).await;
    let third = visit(&store, "lead", Some("b"), 12, &property_id);
    let refused = send(&server, BOOK, "third", third.clone()).await;
    assert_eq!(refused.body["code"], "already_scheduled", "{refused:?}");
    let named = [&known, &known_too].map(|known| &known.body["start"]);
    assert!(named.contains(&&refused.body["start"]), "one of them is named: {refused:?}");
    let mut forced = third;
    forced["force"] = json!(["already_scheduled"]);
    assert_eq!(send(&server, BOOK, "forced", forced).await.status, 201);
}

#[actix_web::test]
async fn what_is_cancelled_or_moved_away_is_free_for_the_lead_at_once() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &["a", "b"]).await;
    let book = |key: &'static str, agent: &'static str, hours| {
        let body = store.booking_of("lead", Some(agent), hour(hours));
        let server = &server;
        async move { send(server, BOOK, key, body).await }
    };
    let first = book("first", "a", 5).await;
    let path = format!("/v1/appointments/{}", first.body["appointment_id"].as_str().unwrap());
    let cancel = send(&server, (Method::POST, &format!("{path}/cancel")), "cancel", json!({})).await;
    assert_eq!(cancel.status, 200, "{cancel:?}");
    let second = book("second", "b", 5).await;
    assert_eq!(second.status, 201, "{second:?}");
    let back = send(&server, (Method::POST, &format!("{path}/reinstate")), "back", json!({})).await;
    assert_eq!(back.body["code"], "lead_has_appointment", "{back:?}");

    let path = format!("/v1/appointments/{}", second.body["appointment_id"].as_str().unwrap());
    let moved = json!({"start": hour(9)});
    let moved = send(&server, (Method::POST, &format!("{path}/reschedule")), "move", moved).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    assert_eq!(book("third", "a", 5).await.status, 201);
    assert_eq!(book("fourth", "a", 9).await.status, 409, "it moved there");
    let handed_over = json!({"agent_id": store.name("a"), "start": hour(12)});
    let path = format!("{path}/reschedule");
    let handed_over = send(&server, (Method::POST, &path), "hand over", handed_over).await;
    assert_eq!(handed_over.status, 200, "{handed_over:?}");
    assert_eq!(book("fifth", "b", 12).await.status, 409, "it went there");
    assert_eq!(book("sixth", "b", 9).await.status, 201);
}

#[actix_web::test]
async fn a_lead_has_two_holds_over_all_agents() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &AGENTS).await;
    let holds = (0..5).map(|number: usize| {
        let hours = 5 + 2 * i64::try_from(number).unwrap();
        let body = store.booking_of("lead", Some(AGENTS[number]), hour(hours));
        let (server, key) = (&server, number.to_string());
        async move { send(server, HOLD, &key, body).await }
    });
    let answers = join_all(holds).await;
    assert_eq!(statuses(&answers), [201, 201, 409, 409, 409], "{answers:?}");
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_eq!((&refused.body["code"], &refused.body["max"]), (&json!("hold_limit"), &json!(2)));
}

#[actix_web::test]
async fn an_office_that_allows_it_books_a_lead_twice_on_the_agents_streams_alone() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let allow = json!({"lead_overlap": "allow"});
    assert_eq!(send(&server, (Method::PATCH, "/v1/office"), "allow", allow).await.status, 200);
    for agent in ["a", "b"] {
        let booked = send(&server, BOOK, agent, store.booking_of("lead", Some(agent), hour(5))).await;
        assert_eq!(booked.status, 201, "{booked:?}");
    }
    let lead = schemas::LeadId::parse(&store.name("lead")).unwrap();
    let stream = schemas::stream::lead(&lead);
    assert_eq!(store.client().stream_revision(&stream).await.unwrap(), None);
}

/// Writes what a process writes that stops once it has reserved the lead's fifth hour for a booking with a.
async fn stop_half_way(store: &Store, expires_at: DateTime<Utc>) -> String {
    let client = store.client();
    let known = client.load(&store.stream("a"), None).await.unwrap();
    let [a, lead_id] = [store.name("a"), store.name("lead")];
    let (a, lead_id) = (AgentId::parse(&a).unwrap(), LeadId::parse(&lead_id).unwrap());
    let appointment_id = AppointmentId::new(new_id());
    let booked =
        AppointmentBooked { lead_id: lead_id.clone(), ..fixtures::booked(appointment_id, &a, hour(5), 60) };
    let reservation_id = ReservationId::new(new_id());
    let reserved = fixtures::reserved(reservation_id, &a, &fixtures::snapshot(booked), expires_at);
    let event = LeadEvent::from(TimeReserved { expires_at, ..reserved });
    let new = event_store::NewEvent {
        event_id: EventId::new(new_id()),
        event_type: event.event_type(),
        payload: event.payload(),
        metadata: schemas::Metadata {
            command_id: schemas::CommandId::new(new_id()),
            ..known.last().unwrap().metadata().unwrap()
        },
    };
    let stream = schemas::stream::lead(&lead_id);
    client.append(&stream, ExpectedRevision::NoStream, &[new]).await.unwrap();
    stream
}

#[actix_web::test]
async fn a_leads_time_is_not_lost_by_a_process_that_stopped() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &["a", "b"]).await;
    // Long ago, so that nobody waits for it.
    let stream = stop_half_way(&store, "2026-01-01T00:00:00Z".parse().unwrap()).await;
    let booked = send(&server, BOOK, "book", store.booking_of("lead", Some("b"), hour(5))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    let events = store.client().load(&stream, None).await.unwrap();
    let types: Vec<_> = events.iter().map(|event| event.event_type.to_string()).collect();
    assert_eq!(types, ["TimeReserved", "ReservationReleased", "TimeReserved"]);
    let of_a = store.client().load(&store.stream("a"), None).await.unwrap();
    assert_eq!(&*of_a.last().unwrap().event_type, "ReservationFenced", "it is never booked");
}

#[actix_web::test]
async fn a_rivals_reservation_is_waited_for_before_a_refusal() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    guarded(&server, &["a", "b"]).await;
    stop_half_way(&store, hour(1)).await;
    let refused = send(&server, BOOK, "book", store.booking_of("lead", Some("b"), hour(5))).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("lead_has_appointment")), "{refused:?}");
    let elsewhere = send(&server, BOOK, "later", store.booking_of("lead", Some("b"), hour(7))).await;
    assert_eq!(elsewhere.status, 201, "{elsewhere:?}");
}
