use std::sync::LazyLock;
use std::time::Instant;

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use event_store::ExpectedRevision;
use operation::Clock;
use schemas::event::{AgentEvent, AppointmentHandedOver, TimeReserved};
use schemas::{AgentId, EventId, ReservationId};
use serde_json::{Value, json};

use crate::store::{Store, api_through, new_id};
use crate::support::{Answer, BOOK, NOW, agency, hour, send, send_if_match, server};

fn reassign(id: &Value) -> String {
    format!("/v1/appointments/{}/reassign", id.as_str().unwrap())
}

fn is_of_moves(event_type: &str) -> bool {
    ["Appointment", "Reservation", "Time"].iter().any(|prefix| event_type.starts_with(prefix))
}

/// The events of appointments and reservations on the agent's stream, newest last.
async fn events(store: &Store, agent: &str) -> Vec<AgentEvent> {
    let events = store.client().load(&store.stream(agent), None).await.unwrap();
    events
        .iter()
        .map(|event| AgentEvent::decode(&event.event_type, 1, &event.payload).unwrap())
        .filter(|event| is_of_moves(event.event_type()))
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
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", "AppointmentHandedOver"]);
    assert_eq!(event_types(&store, "b").await, ["TimeReserved", "AppointmentReceived"]);

    let again = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
    assert!(again.replayed && again.body == moved.body, "{again:?}");
    assert_eq!(event_types(&store, "b").await.len(), 2, "nothing is appended twice");

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

/// What a process has written that stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// The time is reserved with b.
    Reserved,
    /// And a has handed the appointment over.
    Committed,
}

/// Writes what a process writes that stops in the middle of moving a's first appointment to b.
async fn stop_half_way(store: &Store, stopped: Stopped) {
    // Long ago, so that nobody waits for it.
    stop_half_way_until(store, stopped, "2026-01-01T00:00:00Z".parse().unwrap()).await;
}

/// The same, with time that is reserved until then.
async fn stop_half_way_until(store: &Store, stopped: Stopped, expires_at: DateTime<Utc>) {
    let AgentEvent::AppointmentBooked(booked) = events(store, "a").await.remove(0) else {
        panic!("booked first")
    };
    let [a, b] = ["a", "b"].map(|agent| AgentId::parse(&store.name(agent)).unwrap());
    let (reservation_id, mut appointment) = (ReservationId::new(new_id()), fixtures::snapshot(booked));
    let reserved =
        TimeReserved { expires_at, ..fixtures::reserved(reservation_id, &a, &appointment, expires_at) };
    append(store, "b", reserved.into()).await;
    if stopped == Stopped::Committed {
        appointment.version += 1;
        let handed_over = AppointmentHandedOver {
            reservation_id,
            to_agent_id: b,
            previous_start: appointment.start,
            previous_end: appointment.end,
            forced: Vec::new(),
            appointment,
            reason: None,
            requested_by: None,
            receipts: Vec::new(),
        };
        append(store, "a", handed_over.into()).await;
    }
}

async fn append(store: &Store, agent: &str, event: AgentEvent) {
    let client = store.client();
    let before = client.load(&store.stream(agent), None).await.unwrap();
    let last = before.last().unwrap();
    let command_id = schemas::CommandId::new(new_id());
    let new = event_store::NewEvent {
        event_id: EventId::new(new_id()),
        event_type: event.event_type(),
        payload: event.payload(),
        metadata: schemas::Metadata { command_id, ..last.metadata().unwrap() },
    };
    client.append(&store.stream(agent), ExpectedRevision::Exact(last.revision), &[new]).await.unwrap();
}

/// Waits until the agent's stream has that many events of appointments and reservations.
async fn until(store: &Store, agent: &str, count: usize) {
    let mut subscription = store.client().subscribe_stream(&store.stream(agent), None);
    let mut seen = 0;
    while seen < count {
        if let event_store::SubscriptionItem::Event(event) = subscription.next().await
            && is_of_moves(&event.event_type)
        {
            seen += 1;
        }
    }
}

/// A store with an appointment of a at the fifth hour, and the path of the appointment.
async fn with_appointment(store: &Store) -> String {
    let api = store.api().await;
    let server = server(store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    format!("/v1/appointments/{}", booked.body["appointment_id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_move_that_stopped_half_way_is_completed_or_undone_by_the_next_start() {
    for (stopped, last_of_a, last_of_b) in [
        (Stopped::Committed, "AppointmentHandedOver", "AppointmentReceived"),
        (Stopped::Reserved, "ReservationFenced", "ReservationReleased"),
    ] {
        let store = Store::start().await;
        with_appointment(&store).await;
        stop_half_way(&store, stopped).await;

        let api = store.api().await;
        until(&store, "b", 2).await;
        assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", last_of_a]);
        assert_eq!(event_types(&store, "b").await, ["TimeReserved", last_of_b]);
        drop(api);
    }
}

#[actix_web::test]
async fn whoever_comes_between_completes_what_was_decided_first() {
    for action in ["confirm", "cancel"] {
        let store = Store::start().await;
        let path = with_appointment(&store).await;
        stop_half_way(&store, Stopped::Committed).await;
        let api = store.api().await;
        let server = server(&store, &api).await;
        let path = format!("{path}/{action}");
        let done = send(&server, (Method::POST, &path), action, json!({})).await;
        assert_eq!(agent_of(&done), (200, &json!(store.name("b"))), "{done:?}");
        assert_eq!(done.body["version"], 3, "{done:?}");
        assert_eq!(event_types(&store, "b").await[..2], ["TimeReserved", "AppointmentReceived"]);
    }
}

#[actix_web::test]
async fn whoever_wants_time_that_is_reserved_has_it_decided() {
    for (stopped, agent, status) in [
        (Stopped::Reserved, Some("b"), 201),
        (Stopped::Committed, Some("b"), 409),
        (Stopped::Reserved, None, 201),
    ] {
        let store = Store::start().await;
        with_appointment(&store).await;
        let api = store.api().await;
        let server = server(&store, &api).await;
        // After the start, which would settle it.
        stop_half_way(&store, stopped).await;
        let booked = send(&server, BOOK, "rival", store.booking(agent, hour(5))).await;
        assert_eq!(booked.status, status, "{stopped:?}: {booked:?}");
    }
}

/// Before the reactor can have settled anything.
#[actix_web::test]
async fn so_does_a_booking_that_names_no_agent() {
    for key in ["with a key", ""] {
        let store = Store::start().await;
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a", "b"]).await;
        send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
        stop_half_way(&store, Stopped::Reserved).await;
        let booked = send(&server, BOOK, key, store.booking(None, hour(5))).await;
        assert_eq!(agent_of(&booked), (201, &json!(store.name("b"))), "{booked:?}");
    }
}

#[actix_web::test]
async fn a_repeated_move_that_stopped_half_way_is_made_once() {
    for stopped in [Stopped::Reserved, Stopped::Committed] {
        let store = Store::start().await;
        let path = with_appointment(&store).await;
        stop_half_way(&store, stopped).await;
        let api = store.api().await;
        let server = server(&store, &api).await;
        let path = format!("{path}/reassign");
        let moved = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
        assert_eq!(agent_of(&moved), (200, &json!(store.name("b"))), "{moved:?}");
        let kinds = [event_types(&store, "a").await, event_types(&store, "b").await].concat();
        for once in ["AppointmentHandedOver", "AppointmentReceived"] {
            assert_eq!(kinds.iter().filter(|kind| **kind == once).count(), 1, "{stopped:?}: {kinds:?}");
        }
    }
}

#[actix_web::test]
async fn two_moves_in_opposite_directions_at_one_hour_are_both_refused() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let of_a = send(&server, BOOK, "a", store.booking(Some("a"), hour(5))).await;
    let of_b = send(&server, BOOK, "b", store.booking(Some("b"), hour(5))).await;
    let (to_b, to_a) = (reassign(&of_a.body["appointment_id"]), reassign(&of_b.body["appointment_id"]));
    let (one, other) = tokio::join!(
        send(&server, (Method::POST, &to_b), "to b", json!({"agent_id": store.name("b")})),
        send(&server, (Method::POST, &to_a), "to a", json!({"agent_id": store.name("a")})),
    );
    for refused in [one, other] {
        assert_eq!((refused.status, &refused.body["reason"]), (409, &json!("already_booked")), "{refused:?}");
    }
    for agent in ["a", "b"] {
        assert_eq!(event_types(&store, agent).await, ["AppointmentBooked"], "nothing is left");
    }
}

#[actix_web::test]
async fn it_is_handed_over_as_it_is() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let id = booked.body["appointment_id"].as_str().unwrap();
    let confirm = format!("/v1/appointments/{id}/confirm");
    let confirmed = send(&server, (Method::POST, &confirm), "confirm", json!({})).await;
    let to_b = reassign(&booked.body["appointment_id"]);
    let moved = send(&server, (Method::POST, &to_b), "move", json!({"agent_id": store.name("b")})).await;
    assert_eq!(
        (&moved.body["status"], &moved.body["version"]),
        (&json!("confirmed"), &json!(3)),
        "{moved:?}"
    );

    // What was carried out with the old agent is known with the new one.
    let again = send(&server, (Method::POST, &confirm), "confirm", json!({})).await;
    assert!(again.replayed && again.body == confirmed.body, "{again:?}");
    let back = send(&server, (Method::POST, &to_b), "back", json!({"agent_id": store.name("a")})).await;
    assert_eq!((agent_of(&back), &back.body["version"]), ((200, &json!(store.name("a"))), &json!(4)));
    let again = send(&server, (Method::POST, &to_b), "move", json!({"agent_id": store.name("b")})).await;
    assert!(again.replayed && again.body == moved.body, "moved back since, and not moved again: {again:?}");
}

/// The other process knows the deciding stream as it was before the decision.
#[actix_web::test]
async fn another_process_completes_what_it_has_not_heard_of() {
    let (store, proxy) = Store::behind_a_wire().await;
    let (sleeper, awake) = (api_through(&proxy).await, store.api().await);
    let (sleeper, awake) = (server(&store, &sleeper).await, server(&store, &awake).await);
    agency(&awake, &["a", "b"]).await;
    let booked = send(&awake, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let path = reassign(&booked.body["appointment_id"]);

    proxy.keep_next_back("AppointmentReceived");
    let moving = send(&sleeper, (Method::POST, &path), "move", json!({"agent_id": store.name("b")}));
    let meanwhile = async {
        proxy.has_one().await;
        let confirm = path.replace("reassign", "confirm");
        let confirmed = send(&awake, (Method::POST, &confirm), "confirm", json!({})).await;
        proxy.open();
        confirmed
    };
    let (moved, confirmed) = tokio::join!(moving, meanwhile);
    assert_eq!((moved.status, &moved.body["version"]), (200, &json!(2)), "{moved:?}");
    assert_eq!((confirmed.status, &confirmed.body["version"]), (200, &json!(3)), "{confirmed:?}");
}

/// Who had an appointment before, and gets it again, knows a version of it that is over.
#[actix_web::test]
async fn a_version_is_not_compared_with_that_of_an_earlier_hand_over() {
    let (store, proxy) = Store::behind_a_wire().await;
    let (sleeper, awake) = (api_through(&proxy).await, store.api().await);
    let (sleeper, awake) = (server(&store, &sleeper).await, server(&store, &awake).await);
    agency(&awake, &["a", "b"]).await;
    let booked = send(&awake, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let path = reassign(&booked.body["appointment_id"]);
    for (key, agent) in [("there", "b"), ("back", "a")] {
        let moved = send(&awake, (Method::POST, &path), key, json!({"agent_id": store.name(agent)})).await;
        assert_eq!(agent_of(&moved), (200, &json!(store.name(agent))), "{moved:?}");
    }

    proxy.keep_next_back("AppointmentReceived");
    let moving = send(&sleeper, (Method::POST, &path), "again", json!({"agent_id": store.name("b")}));
    let meanwhile = async {
        proxy.has_one().await;
        let path = path.replace("reassign", "confirm");
        let confirmed = send_if_match(&awake, &path, 4).await;
        proxy.open();
        confirmed
    };
    let (moved, confirmed) = tokio::join!(moving, meanwhile);
    assert_eq!(moved.body["version"], 4, "{moved:?}");
    assert_eq!((confirmed.status, &confirmed.body["version"]), (200, &json!(5)), "{confirmed:?}");
}

/// What an attempt has reserved that was killed is no reason against the same move, nor does it outlast a retry: it is
/// longer than a rival is waited for.
#[actix_web::test]
async fn a_move_sent_again_goes_on_until_what_was_left_of_it_has_expired() {
    static BEGUN_AT: LazyLock<Instant> = LazyLock::new(Instant::now);
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let clock = Clock::read_by(|| NOW.parse::<DateTime<Utc>>().unwrap() + BEGUN_AT.elapsed());
    let store = Store::start().await;
    let path = with_appointment(&store).await;
    let api = store.api_by(clock).await;
    let server = server(&store, &api).await;
    stop_half_way_until(&store, Stopped::Reserved, now + BEGUN_AT.elapsed() + TimeDelta::seconds(3)).await;
    let path = format!("{path}/reassign");
    let moved = send(&server, (Method::POST, &path), "move", json!({"agent_id": store.name("b")})).await;
    assert_eq!(agent_of(&moved), (200, &json!(store.name("b"))), "{moved:?}");
    let of_b = ["TimeReserved", "ReservationReleased", "TimeReserved", "AppointmentReceived"];
    assert_eq!(event_types(&store, "b").await, of_b);
}
