//! Moves of time, length and agent, any of them at once.

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use operation::Clock;
use schemas::event::AgentEvent;
use serde_json::{Value, json};

use crate::store::{Store, api_through};
use crate::support::{Answer, BOOK, NOW, Routes, Server, agency, hour, send, server};

fn to(id: &Value, verb: &str) -> String {
    format!("/v1/appointments/{}/{verb}", id.as_str().unwrap())
}

async fn reschedule(server: &Server<'_, impl Routes>, booked: &Answer, key: &str, body: Value) -> Answer {
    let path = to(&booked.body["appointment_id"], "reschedule");
    send(server, (Method::POST, &path), key, body).await
}

fn moved(answer: &Answer) -> Value {
    let body = &answer.body;
    json!([answer.status, body["agent_id"], body["start"], body["end"], body["sequence"], body["version"]])
}

async fn appointment_events(store: &Store, agent: &str) -> Vec<AgentEvent> {
    let events = store.client().load(&store.stream(agent), None).await.unwrap();
    let events = events.iter().map(|event| AgentEvent::decode(&event.event_type, 1, &event.payload).unwrap());
    let of_moves = ["Appointment", "Reservation", "Time"];
    events.filter(|event| of_moves.iter().any(|prefix| event.event_type().starts_with(prefix))).collect()
}

async fn event_types(store: &Store, agent: &str) -> Vec<&'static str> {
    appointment_events(store, agent).await.iter().map(AgentEvent::event_type).collect()
}

#[actix_web::test]
async fn another_agent_at_another_time_for_longer_is_one_command() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let body = json!({
        "agent_id": store.name("b"), "start": hour(8), "duration_minutes": 90,
        "reason": "Cambió de agente", "requested_by": "lead",
    });
    let answer = reschedule(&server, &booked, "move", body.clone()).await;
    let end = hour(8) + TimeDelta::minutes(90);
    assert_eq!(moved(&answer), json!([200, store.name("b"), hour(8), end, 1, 2]), "{answer:?}");
    assert_eq!(event_types(&store, "a").await, ["AppointmentBooked", "AppointmentHandedOver"]);
    assert_eq!(event_types(&store, "b").await, ["TimeReserved", "AppointmentReceived"]);
    let AgentEvent::AppointmentHandedOver(event) = appointment_events(&store, "a").await.remove(1) else {
        panic!("handed over")
    };
    assert_eq!(event.reason.map(schemas::Personal::disclose).as_deref(), Some("Cambió de agente"));
    assert_eq!(event.requested_by, Some(schemas::value::RequestedBy::Lead));
    assert_eq!((event.previous_start, event.previous_end), (hour(5), hour(6)));

    let again = reschedule(&server, &booked, "move", body).await;
    assert!(again.replayed && again.body == answer.body, "{again:?}");
    assert_eq!(event_types(&store, "b").await.len(), 2, "nothing is appended twice");
    assert_eq!(send(&server, BOOK, "a is free", store.booking(Some("a"), hour(5))).await.status, 201);
    assert_eq!(send(&server, BOOK, "b is not", store.booking(Some("b"), hour(9))).await.status, 409);
}

#[actix_web::test]
async fn each_of_them_changes_alone() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let (a, b) = (store.name("a"), store.name("b"));
    for (key, body, expected) in [
        ("time", json!({"start": hour(7)}), json!([200, a, hour(7), hour(8), 1, 2])),
        ("length", json!({"duration_minutes": 120}), json!([200, a, hour(7), hour(9), 2, 3])),
        ("agent", json!({"agent_id": b}), json!([200, b, hour(7), hour(9), 2, 4])),
        ("nothing", json!({"agent_id": b, "start": hour(7)}), json!([200, b, hour(7), hour(9), 2, 4])),
    ] {
        let answer = reschedule(&server, &booked, key, body).await;
        assert_eq!(moved(&answer), expected, "{key}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_move_that_says_too_little_or_too_much_is_refused() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    for (body, field) in [
        (json!({}), "start"),
        (json!({"reason": "Nada"}), "start"),
        (json!({"keep_confirmed": true}), "start"),
        (json!({"start": hour(6), "slot_ref": "x"}), "start"),
        (json!({"duration_minutes": 0}), "duration_minutes"),
        (json!({"duration_minutes": 1441}), "duration_minutes"),
        (json!({"start": hour(6), "reason": "n".repeat(501)}), "reason"),
        (json!({"slot_ref": "x"}), "slot_ref"),
    ] {
        let answer = reschedule(&server, &booked, "", body.clone()).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{body}: {answer:?}");
    }
    let nobody = json!({"start": hour(6), "requested_by": "owner"});
    assert_eq!(reschedule(&server, &booked, "", nobody).await.status, 400);
    for (verb, body) in [
        ("cancel", json!({"reason": "n".repeat(501)})),
        ("reassign", json!({"agent_id": store.name("b"), "reason": "n".repeat(501)})),
    ] {
        let path = to(&booked.body["appointment_id"], verb);
        let answer = send(&server, (Method::POST, &path), "", body).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!("reason")), "{verb}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_refused_move_leaves_nothing_and_offers_what_is_accepted() {
    for verb in ["reassign", "reschedule"] {
        let store = Store::start().await;
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a", "b", "c"]).await;
        let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
        let at = if verb == "reassign" { hour(5) } else { hour(8) };
        send(&server, BOOK, "busy", store.booking(Some("b"), at)).await;
        let mut body = json!({"agent_id": store.name("b")});
        if verb == "reschedule" {
            body["start"] = json!(at);
        }
        let path = to(&booked.body["appointment_id"], verb);
        let refused = send(&server, (Method::POST, &path), "move", body).await;
        assert_eq!((refused.status, &refused.body["reason"]), (409, &json!("already_booked")), "{refused:?}");
        assert_eq!(event_types(&store, "a").await, ["AppointmentBooked"]);
        assert_eq!(event_types(&store, "b").await, ["AppointmentBooked"]);
        let offered = refused.body["alternatives"].as_array().unwrap().clone();
        let at_that_hour = |agent: &str| {
            let (agent, start) = (json!(store.name(agent)), json!(at));
            offered.iter().any(|other| other["agent_id"] == agent && other["start"] == start)
        };
        assert_eq!(offered.len(), 3, "{verb}: {offered:?}");
        assert!(at_that_hour("c"), "{verb}: another agent at the same hour: {offered:?}");
        assert_eq!(at_that_hour("a"), verb == "reschedule", "{verb}: {offered:?}");
        assert!(offered.iter().any(|other| other["agent_id"] == json!(store.name("b"))), "{offered:?}");
        let requested = &refused.body["requested"];
        assert_eq!(requested["start"], json!(at), "{refused:?}");
        assert!(refused.body["detail"].as_str().unwrap().contains(requested["text"].as_str().unwrap()));
        for (number, other) in offered.iter().enumerate() {
            assert!(other["text"].is_string() && other["zone"] == requested["zone"], "{other}");
            let key = format!("{verb} {number}");
            let body = json!({"slot_ref": other["slot_ref"]});
            let answer = reschedule(&server, &booked, &key, body).await;
            let there = (&answer.body["agent_id"], &answer.body["start"]);
            assert_eq!(there, (&other["agent_id"], &other["start"]), "{answer:?}");
        }
    }
}

#[actix_web::test]
async fn a_refused_move_never_offers_where_it_is() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    send(&server, BOOK, "busy", store.booking(Some("a"), hour(6))).await;
    let refused = reschedule(&server, &booked, "move", json!({"start": hour(6)})).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    let offered = refused.body["alternatives"].as_array().unwrap();
    assert!(
        !offered.is_empty() && offered.iter().all(|other| other["start"] != json!(hour(5))),
        "{offered:?}"
    );
}

#[actix_web::test]
async fn what_is_confirmed_at_once_is_kept_so_if_it_is_to() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let mut body = store.booking(Some("a"), hour(5));
    body["confirm"] = json!(true);
    let booked = send(&server, BOOK, "book", body).await;
    assert_eq!(
        (&booked.body["status"], &booked.body["version"]),
        (&json!("confirmed"), &json!(1)),
        "{booked:?}"
    );
    let mut kept = json!({"start": hour(7), "agent_id": store.name("b"), "keep_confirmed": true});
    let answer = reschedule(&server, &booked, "kept", kept.clone()).await;
    assert_eq!(
        (&answer.body["status"], &answer.body["sequence"]),
        (&json!("confirmed"), &json!(1)),
        "{answer:?}"
    );
    kept["start"] = json!(hour(9));
    kept.as_object_mut().unwrap().remove("keep_confirmed");
    let answer = reschedule(&server, &booked, "not kept", kept).await;
    assert_eq!(answer.body["status"], "scheduled", "{answer:?}");
}

/// A process that sleeps before one of the appends of a move to another agent, until its reservation has expired for
/// everybody else: at the same time or at another, by either command.
#[actix_web::test]
async fn a_process_that_sleeps_in_the_middle_of_a_move_does_no_harm() {
    for (verb, at, body) in [("reassign", 5, json!({})), ("reschedule", 8, json!({"start": hour(8)}))] {
        for (asleep_before, moved, rival, of_a, of_b) in [
            ("TimeReserved", 409, 201, vec!["AppointmentBooked"], vec!["AppointmentBooked"]),
            (
                "AppointmentHandedOver",
                409,
                201,
                vec!["AppointmentBooked", "ReservationFenced"],
                vec!["TimeReserved", "ReservationReleased", "AppointmentBooked"],
            ),
            (
                "AppointmentReceived",
                200,
                409,
                vec!["AppointmentBooked", "AppointmentHandedOver"],
                vec!["TimeReserved", "AppointmentReceived"],
            ),
        ] {
            let (store, proxy) = Store::behind_a_wire().await;
            let later = Clock::fixed(NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(20));
            let (sleeper, awake) = (api_through(&proxy).await, store.api_by(later).await);
            let (sleeper, awake) = (server(&store, &sleeper).await, server(&store, &awake).await);
            agency(&awake, &["a", "b"]).await;
            let booked = send(&awake, BOOK, "book", store.booking(Some("a"), hour(5))).await;
            let (path, mut body) = (to(&booked.body["appointment_id"], verb), body.clone());
            body["agent_id"] = json!(store.name("b"));

            proxy.keep_next_back(asleep_before);
            let moving = send(&sleeper, (Method::POST, &path), "move", body);
            let meanwhile = async {
                proxy.has_one().await;
                let rival = send(&awake, BOOK, "rival", store.booking(Some("b"), hour(at))).await;
                proxy.open();
                rival
            };
            let (answer, rivals) = tokio::join!(moving, meanwhile);
            let case = format!("{verb} before {asleep_before}: {answer:?} {rivals:?}");
            assert_eq!((answer.status, rivals.status), (moved, rival), "{case}");
            assert_eq!(event_types(&store, "a").await, of_a, "{case}");
            assert_eq!(event_types(&store, "b").await, of_b, "{case}");
        }
    }
}
