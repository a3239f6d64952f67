//! Appointments that are not confirmed in time, and what releases them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use command_api::CommandApi;
use operation::Clock;
use schemas::{ActorKind, AgentEvent, Metadata, Origin};
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{BOOK, NOW, Routes, Server, TIMEOUT, agency, hour, send, server};

/// Other tests' clocks release what is due by them.
const WHY_OWN: &str = "its clock is moved, and what is due is released by every process";

/// How far a clock is from [`NOW`], in minutes; each test has its own.
struct Shift(AtomicI64);

impl Shift {
    const fn none() -> Self {
        Self(AtomicI64::new(0))
    }

    fn to(&self, minutes: i64) {
        self.0.store(minutes, Ordering::SeqCst);
    }

    fn shown(&self) -> DateTime<Utc> {
        let now: DateTime<Utc> = NOW.parse().unwrap();
        now + TimeDelta::minutes(self.0.load(Ordering::SeqCst))
    }
}

/// Visits have to be confirmed half an hour before they start; agents a and b.
async fn given(server: &Server<'_, impl Routes>, store: &Store) {
    agency(server, &["a", "b"]).await;
    let path = format!("/v1/office/appointment-types/{}", store.name("visit"));
    let change = json!({"confirm_before_minutes": 30});
    let changed = send(server, (Method::PATCH, &path), "", change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
}

/// Books the visit of a in an hour, to be confirmed in half an hour.
async fn book(server: &Server<'_, impl Routes>, store: &Store) -> String {
    let booked = send(server, BOOK, "", store.booking(Some("a"), hour(1))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    booked.body["appointment_id"].as_str().unwrap().to_owned()
}

async fn command(server: &Server<'_, impl Routes>, id: &str, verb: &str, body: Value) -> Value {
    let path = format!("/v1/appointments/{id}/{verb}");
    let answer = send(server, (Method::POST, &path), "", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn releases(store: &Store, agent: &str) -> Vec<(AgentEvent, Metadata)> {
    let events = store.client().load(&store.stream(agent), None).await.unwrap();
    let released = events.iter().filter(|event| &*event.event_type == "AppointmentReleased");
    let released = released.map(|event| {
        let metadata = event.metadata().unwrap();
        let decoded = AgentEvent::decode(&event.event_type, metadata.schema_version, &event.payload);
        (decoded.unwrap(), metadata)
    });
    released.collect()
}

/// Looks until there is a release in the agent's stream.
async fn until_released(store: &Store, agent: &str) {
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
    let released = async {
        while releases(store, agent).await.is_empty() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(TIMEOUT, released).await.expect("it is released in time");
}

/// Has the processes look at the same time, once they have read everything about the agents.
async fn look(store: &Store, apis: &[&Arc<CommandApi>]) {
    for agent in ["a", "b"] {
        let events = store.client().load(&store.stream(agent), None).await.unwrap();
        let last = events.last().unwrap().position;
        for api in apis {
            let [directory, _] = api.reactors();
            assert!(directory.reached(last).await);
        }
    }
    futures::future::join_all(apis.iter().map(|api| api.release_unconfirmed())).await;
}

async fn nothing_is_released(store: &Store) {
    for agent in ["a", "b"] {
        let released = releases(store, agent).await;
        assert!(released.is_empty(), "{agent}: {released:?}");
    }
}

#[actix_web::test]
async fn an_unconfirmed_visit_is_released_once_by_however_many_processes() {
    static SHIFT: Shift = Shift::none();
    let store = Store::own(WHY_OWN).await;
    let clock = || Clock::read_by(|| SHIFT.shown());
    let (api, other) = (store.api_by(clock()).await, store.api_by(clock()).await);
    let server = server(&store, &api).await;
    given(&server, &store).await;
    let id = book(&server, &store).await;
    SHIFT.to(29);
    look(&store, &[&api, &other]).await;
    nothing_is_released(&store).await;

    SHIFT.to(30);
    look(&store, &[&api, &other]).await;
    until_released(&store, "a").await;
    look(&store, &[&api, &other]).await;
    let released = releases(&store, "a").await;
    let [(AgentEvent::AppointmentReleased(event), metadata)] = &released[..] else { panic!("{released:?}") };
    assert_eq!(
        (event.appointment_id.to_string(), event.confirm_by),
        (id.clone(), hour(1) - TimeDelta::minutes(30))
    );
    assert_eq!((metadata.origin, metadata.actor.kind), (Origin::System, ActorKind::System));
    let confirm = format!("/v1/appointments/{id}/confirm");
    let refused = send(&server, (Method::POST, &confirm), "", json!({})).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("invalid_transition")));
    let again = send(&server, BOOK, "", store.booking(Some("a"), hour(1))).await;
    assert_eq!(again.status, 201, "its time is free: {again:?}");
}

#[actix_web::test]
async fn a_visit_that_was_confirmed_moved_or_handed_over_is_released_as_it_is_now() {
    static SHIFT: Shift = Shift::none();
    let store = Store::own(WHY_OWN).await;
    let api = store.api_by(Clock::read_by(|| SHIFT.shown())).await;
    let server = server(&store, &api).await;
    given(&server, &store).await;
    let confirmed = book(&server, &store).await;
    command(&server, &confirmed, "confirm", json!({})).await;
    let later = send(&server, BOOK, "", store.booking(Some("a"), hour(2))).await.body;
    let later = later["appointment_id"].as_str().unwrap();
    command(&server, later, "reschedule", json!({"start": hour(5)})).await;
    let elsewhere = send(&server, BOOK, "", store.booking(Some("a"), hour(3))).await.body;
    let elsewhere = elsewhere["appointment_id"].as_str().unwrap();
    command(&server, elsewhere, "reassign", json!({"agent_id": store.name("b")})).await;
    // By steps that no clock that is right makes at once would be told as a jump.
    for minutes in [50, 100, 149] {
        SHIFT.to(minutes);
        look(&store, &[&api]).await;
    }
    nothing_is_released(&store).await;
    SHIFT.to(150);
    look(&store, &[&api]).await;
    until_released(&store, "b").await;
    let released = releases(&store, "b").await;
    assert_eq!(released[0].0.appointment_id().unwrap().to_string(), elsewhere);
    assert!(releases(&store, "a").await.is_empty());
}

#[actix_web::test]
async fn what_became_due_while_no_process_ran_is_released_unless_it_has_started() {
    let store = Store::own(WHY_OWN).await;
    {
        let api = store.api().await;
        let server = server(&store, &api).await;
        given(&server, &store).await;
        book(&server, &store).await;
        let later = send(&server, BOOK, "", store.booking(Some("b"), hour(2))).await;
        assert_eq!(later.status, 201, "{later:?}");
    }
    // The visit of a has started, that of b is in half an hour less a minute.
    let started = store.api_by(Clock::fixed(hour(2) - TimeDelta::minutes(29))).await;
    until_released(&store, "b").await;
    look(&store, &[&started]).await;
    assert_eq!((releases(&store, "a").await.len(), releases(&store, "b").await.len()), (0, 1));
}

#[actix_web::test]
async fn nothing_is_released_by_a_clock_that_has_jumped() {
    static SHIFT: Shift = Shift::none();
    let store = Store::own(WHY_OWN).await;
    let api = store.api_by(Clock::read_by(|| SHIFT.shown())).await;
    let server = server(&store, &api).await;
    given(&server, &store).await;
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(24))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    SHIFT.to(24 * 60 - 10);
    look(&store, &[&api]).await;
    assert!(api.clock().is_err());
    nothing_is_released(&store).await;
    // Another process, whose clock is right, goes on.
    let right = store.api_by(Clock::fixed(hour(24) - TimeDelta::minutes(10))).await;
    look(&store, &[&right]).await;
    until_released(&store, "a").await;
}
