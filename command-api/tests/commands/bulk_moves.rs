//! An agent's visits of some days go to others, and come back.

use actix_web::http::Method;
use chrono::{DateTime, Utc};
use event_store::ExpectedRevision;
use schemas::event::{BulkMoveEvent, BulkMoveStarted};
use schemas::value::PlannedVisit;
use schemas::{AppointmentId, EventId, MoveId, stream};
use serde_json::{Value, json};

use crate::store::{Store, new_id};
use crate::support::{Answer, BOOK, Routes, Server, agency, hour, send, server};

const POST: Method = Method::POST;

fn move_path(store: &Store, agent: &str) -> String {
    format!("/v1/agents/{}/appointments/move", store.name(agent))
}

/// Everything of the next two days.
fn two_days(reason: &str) -> Value {
    json!({"from": hour(0), "to": hour(48), "reason": reason})
}

async fn book(server: &Server<'_, impl Routes>, store: &Store, agent: &str, hours: i64) -> String {
    let booked = send(server, BOOK, "", store.booking(Some(agent), hour(hours))).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    booked.body["appointment_id"].as_str().unwrap().to_owned()
}

/// The agent and the outcome of each visit, in order.
fn visits(answer: &Answer) -> Vec<(Value, Value)> {
    let visits = answer.body["visits"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    visits.iter().map(|visit| (visit["to_agent_id"].clone(), visit["outcome"].clone())).collect()
}

fn move_of(answer: &Answer) -> String {
    answer.body["move_id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn visits_go_to_the_least_loaded_and_come_back() {
    let store = Store::own("others' agents would be less loaded").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    book(&server, &store, "b", 1).await;
    for hours in [7, 5, 6] {
        book(&server, &store, "a", hours).await;
    }
    let path = move_path(&store, "a");
    let planned = send(&server, (POST, &format!("{path}?dry_run=true")), "", two_days("Licencia")).await;
    assert_eq!((planned.status, &planned.body["status"]), (200, &json!("planned")), "{planned:?}");
    let [b, c] = ["b", "c"].map(|agent| json!(store.name(agent)));
    let expected = |outcome: &str| [&c, &c, &b].map(|agent| (agent.clone(), json!(outcome))).to_vec();
    assert_eq!(visits(&planned), expected("pending"));

    let moved = send(&server, (POST, &path), "move", two_days("Licencia")).await;
    assert_eq!((moved.status, &moved.body["status"]), (201, &json!("completed")), "{moved:?}");
    assert_eq!(visits(&moved), expected("moved"));
    assert_eq!(moved.body["counts"]["moved"], 3);
    let mut of_another_lead = store.booking(Some("a"), hour(5));
    of_another_lead["lead_id"] = store.name("another").into();
    assert_eq!(send(&server, BOOK, "", of_another_lead).await.status, 201, "a is free");
    let again = send(&server, (POST, &path), "move", two_days("Licencia")).await;
    assert!(again.replayed && again.body == moved.body, "{again:?}");
    let other = send(&server, (POST, &path), "move", two_days("Vacaciones")).await;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency_mismatch")));

    // One of the three has no place to come back to.
    let undo = format!("/v1/moves/{}/undo", move_of(&moved));
    let undone = send(&server, (POST, &undo), "undo", json!({})).await;
    assert_eq!((undone.status, &undone.body["status"]), (200, &json!("undone")), "{undone:?}");
    let outcomes: Vec<_> = visits(&undone).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["not_moved_back", "moved_back", "moved_back"]);
    let because = json!({"kind": "slot_unavailable", "finding": "already_booked"});
    assert_eq!(undone.body["visits"][0]["because"], because);
    let again = send(&server, (POST, &path), "move", two_days("Licencia")).await;
    assert!(again.replayed && again.body == moved.body, "as it was then: {again:?}");
    let again = send(&server, (POST, &undo), "another key", json!({})).await;
    assert_eq!((again.status, &again.body["visits"]), (200, &undone.body["visits"]));
    assert_eq!(send(&server, BOOK, "", store.booking(Some("b"), hour(7))).await.status, 201, "b is free");
}

#[actix_web::test]
async fn visits_go_to_who_works_in_the_same_area_before_others() {
    let store = Store::own("others' agents would be less loaded").await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    for (agent, comuna) in [("a", "Providencia"), ("b", "Antofagasta"), ("c", "providencia")] {
        let path = format!("/v1/agents/{}", store.name(agent));
        let patched = send(&server, (Method::PATCH, &path), "", json!({"comunas": [comuna]})).await;
        assert_eq!(patched.status, 200, "{patched:?}");
    }
    // The second has less to do, but works elsewhere.
    book(&server, &store, "c", 1).await;
    book(&server, &store, "a", 5).await;
    let path = format!("{}?dry_run=true", move_path(&store, "a"));
    let planned = send(&server, (POST, &path), "", two_days("Licencia")).await;
    assert_eq!(visits(&planned), [(json!(store.name("c")), json!("pending"))]);
    let visit = &planned.body["visits"][0];
    assert!(visit["text"].is_string() && visit["local"].is_string() && visit["zone"].is_string(), "{visit}");
    book(&server, &store, "c", 5).await;
    let planned = send(&server, (POST, &path), "", two_days("Licencia")).await;
    assert_eq!(visits(&planned), [(json!(store.name("b")), json!("pending"))], "rather than nobody");
}

#[actix_web::test]
async fn what_nobody_can_take_stays_and_is_offered_other_times() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let id = book(&server, &store, "a", 5).await;
    book(&server, &store, "b", 5).await;
    let mut body = two_days("Licencia");
    body["to_agents"] = json!([store.name("b")]);
    let moved = send(&server, (POST, &move_path(&store, "a")), "move", body).await;
    assert_eq!((moved.status, &moved.body["status"]), (201, &json!("completed")), "{moved:?}");
    assert_eq!(visits(&moved), [(Value::Null, json!("not_moved"))]);
    let visit = &moved.body["visits"][0];
    assert_eq!(visit["because"], json!({"kind": "slot_unavailable", "finding": "already_booked"}));
    let slot_ref = &visit["alternatives"][0]["slot_ref"];
    let path = format!("/v1/appointments/{id}/reschedule");
    let rescheduled = send(&server, (POST, &path), "", json!({"slot_ref": slot_ref})).await;
    assert_eq!(
        (rescheduled.status, &rescheduled.body["agent_id"]),
        (200, &json!(store.name("b"))),
        "{rescheduled:?}"
    );
    assert_eq!(rescheduled.body["start"], visit["alternatives"][0]["start"]);
}

/// Writes what a process writes that stops after the plan: a's visits are to go to b.
async fn only_planned(store: &Store, ids: &[(&str, DateTime<Utc>)]) -> String {
    let move_id = MoveId::new(new_id());
    let visit = |(id, start): &(&str, DateTime<Utc>)| PlannedVisit {
        appointment_id: id.parse::<AppointmentId>().unwrap(),
        appointment_type: store.name("visit").parse().unwrap(),
        start: *start,
        end: *start + chrono::TimeDelta::hours(1),
        version: 1,
        to_agent_id: Some(store.name("b").parse().unwrap()),
        because: None,
        alternatives: Vec::new(),
    };
    let started = BulkMoveStarted {
        move_id,
        agent_id: store.name("a").parse().unwrap(),
        to_agents: Some(["b", "c"].map(|agent| store.name(agent).parse().unwrap()).to_vec()),
        visits: ids.iter().map(visit).collect(),
        ..fixtures::bulk_move_started(1, "a", "b", &[], &[])
    };
    let event = BulkMoveEvent::from(started);
    let client = store.client();
    let some = client.load(&store.stream("a"), None).await.unwrap();
    let command_id = schemas::CommandId::new(new_id());
    let new = event_store::NewEvent {
        event_id: EventId::new(new_id()),
        event_type: event.event_type(),
        payload: event.payload(),
        metadata: schemas::Metadata { command_id, ..some.last().unwrap().metadata().unwrap() },
    };
    client.append(&stream::bulk_move(move_id), ExpectedRevision::NoStream, &[new]).await.unwrap();
    move_id.to_string()
}

#[actix_web::test]
async fn what_was_left_goes_on_and_what_has_changed_since_is_an_outcome() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    let mut ids = Vec::new();
    for hours in [5, 6, 7, 8, 9] {
        ids.push((book(&server, &store, "a", hours).await, hour(hours)));
    }
    // b is not free any more at 5, and of the others one was confirmed, one cancelled, one moved and one handed over.
    book(&server, &store, "b", 5).await;
    let on = |number: usize, action: &str| format!("/v1/appointments/{}/{action}", ids[number].0);
    send(&server, (POST, &on(1, "confirm")), "", json!({})).await;
    send(&server, (POST, &on(2, "cancel")), "", json!({})).await;
    send(&server, (POST, &on(3, "reschedule")), "", json!({"start": hour(12)})).await;
    send(&server, (POST, &on(4, "reassign")), "", json!({"agent_id": store.name("c")})).await;
    let planned: Vec<_> = ids.iter().map(|(id, start)| (id.as_str(), *start)).collect();
    let move_id = only_planned(&store, &planned).await;

    let resume = format!("/v1/moves/{move_id}/resume");
    let resumed = send(&server, (POST, &resume), "resume", json!({})).await;
    assert_eq!((resumed.status, &resumed.body["status"]), (200, &json!("completed")), "{resumed:?}");
    let [b, c] = ["b", "c"].map(|agent| json!(store.name(agent)));
    let changed = (b.clone(), json!("not_moved"));
    let expected = [(c, json!("moved")), (b, json!("moved")), changed.clone(), changed.clone(), changed];
    assert_eq!(visits(&resumed), expected);
    for number in 2..5 {
        assert_eq!(resumed.body["visits"][number]["because"], json!({"kind": "changed"}));
    }
    assert_eq!(resumed.body["counts"]["pending"], 0);
    let again = send(&server, (POST, &resume), "", json!({})).await;
    assert_eq!(
        (again.status, &again.body["visits"]),
        (200, &resumed.body["visits"]),
        "there is nothing to do"
    );
}

#[actix_web::test]
async fn a_visit_that_somebody_changed_since_does_not_come_back() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    let mut ids = Vec::new();
    for hours in [5, 6, 7, 8] {
        ids.push(book(&server, &store, "a", hours).await);
    }
    let mut body = two_days("Licencia");
    body["to_agents"] = json!([store.name("b")]);
    let moved = send(&server, (POST, &move_path(&store, "a")), "", body).await;
    assert_eq!(moved.body["counts"]["moved"], 4, "{moved:?}");
    let on = |number: usize, action: &str| format!("/v1/appointments/{}/{action}", ids[number]);
    send(&server, (POST, &on(0, "cancel")), "", json!({})).await;
    send(&server, (POST, &on(1, "reschedule")), "", json!({"start": hour(12)})).await;
    send(&server, (POST, &on(2, "reassign")), "", json!({"agent_id": store.name("c")})).await;
    send(&server, (POST, &on(3, "confirm")), "", json!({})).await;
    let undo = format!("/v1/moves/{}/undo", move_of(&moved));
    let tried = send(&server, (POST, &format!("{undo}?dry_run=true")), "", json!({})).await;
    assert_eq!((tried.status, &tried.body["status"]), (200, &json!("undone")), "{tried:?}");
    assert_eq!((&tried.body["counts"]["moved_back"], &tried.body["counts"]["moved"]), (&json!(1), &json!(0)));
    let undone = send(&server, (POST, &undo), "", json!({})).await;
    let outcomes: Vec<_> = visits(&undone).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["not_moved_back", "not_moved_back", "not_moved_back", "moved_back"], "{undone:?}");
    for number in 0..3 {
        assert_eq!(undone.body["visits"][number]["because"], json!({"kind": "changed"}));
    }
    assert_eq!(tried.body["visits"], undone.body["visits"], "it was foreseen");
}

#[actix_web::test]
async fn a_dry_run_of_what_was_left_tells_who_would_take_it_and_moves_nothing() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    let mut ids = Vec::new();
    for hours in [5, 6, 7] {
        ids.push((book(&server, &store, "a", hours).await, hour(hours)));
    }
    book(&server, &store, "b", 5).await;
    send(&server, (POST, &format!("/v1/appointments/{}/cancel", ids[1].0)), "", json!({})).await;
    let planned: Vec<_> = ids.iter().map(|(id, start)| (id.as_str(), *start)).collect();
    let move_id = only_planned(&store, &planned).await;
    let on = |action: &str| format!("/v1/moves/{move_id}/{action}");
    let dry = |action: &str| format!("{}?dry_run=true", on(action));

    let tried = send(&server, (POST, &dry("resume")), "", json!({})).await;
    assert_eq!((tried.status, &tried.body["status"]), (200, &json!("completed")), "{tried:?}");
    let [b, c] = ["b", "c"].map(|agent| json!(store.name(agent)));
    let expected = [(c, json!("moved")), (b.clone(), json!("not_moved")), (b, json!("moved"))];
    assert_eq!(visits(&tried), expected, "{tried:?}");
    assert_eq!(tried.body["visits"][1]["because"], json!({"kind": "changed"}));
    // Nothing was moved: an undo would find nothing to take back.
    let undo = send(&server, (POST, &dry("undo")), "", json!({})).await;
    assert_eq!((undo.status, &undo.body["status"]), (200, &json!("undone")), "{undo:?}");
    let outcomes: Vec<_> = visits(&undo).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, ["not_moved", "not_moved", "not_moved"], "{undo:?}");
    let again = send(&server, (POST, &dry("resume")), "", json!({})).await;
    assert_eq!(again.body["visits"], tried.body["visits"]);
    let resumed = send(&server, (POST, &on("resume")), "", json!({})).await;
    assert_eq!(resumed.body["visits"], tried.body["visits"], "it was foreseen");
    let over = send(&server, (POST, &dry("resume")), "", json!({})).await;
    assert_eq!((over.status, &over.body["visits"]), (200, &resumed.body["visits"]), "there is nothing to do");
}

#[actix_web::test]
async fn the_same_request_to_two_processes_at_once_is_one_bulk_move() {
    let store = Store::start().await;
    let (first, second) = (store.api().await, store.api().await);
    let servers = (server(&store, &first).await, server(&store, &second).await);
    agency(&servers.0, &["a", "b"]).await;
    for hours in 5..9 {
        book(&servers.0, &store, "a", hours).await;
    }
    let path = move_path(&store, "a");
    let mut body = two_days("Licencia");
    body["to_agents"] = json!([store.name("b")]);
    let (one, other) = tokio::join!(
        send(&servers.0, (POST, &path), "move", body.clone()),
        send(&servers.1, (POST, &path), "move", body)
    );
    assert_eq!((one.status, other.status), (201, 201), "{one:?} {other:?}");
    assert_eq!(move_of(&one), move_of(&other));
    assert_eq!((&one.body["counts"]["moved"], &other.body["counts"]["moved"]), (&json!(4), &json!(4)));
}

#[actix_web::test]
async fn a_move_that_makes_no_sense_is_refused() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let path = move_path(&store, "a");
    let with = |member: &str, value: Value| {
        let mut body = two_days("Licencia");
        body[member] = value;
        body
    };
    for (body, field) in [
        (with("to", json!(hour(0))), "to"),
        (with("to", json!(hour(367 * 24))), "to"),
        (with("to_agents", json!([])), "to_agents"),
        (with("to_agents", json!([store.name("a")])), "to_agents"),
        (with("reason", json!("x".repeat(501))), "reason"),
    ] {
        let refused = send(&server, (POST, &path), "", body).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(field)), "{refused:?}");
    }
    for (path, body) in
        [(move_path(&store, "x"), two_days("Licencia")), (path, with("to_agents", json!([store.name("x")])))]
    {
        let refused = send(&server, (POST, &path), "", body).await;
        assert_eq!((refused.status, &refused.body["code"]), (404, &json!("unknown_agent")), "{refused:?}");
    }
    for action in ["resume", "undo"] {
        let path = format!("/v1/moves/{}/{action}", new_id());
        let refused = send(&server, (POST, &path), "", json!({})).await;
        assert_eq!((refused.status, &refused.body["code"]), (404, &json!("move_not_found")), "{refused:?}");
    }
}
