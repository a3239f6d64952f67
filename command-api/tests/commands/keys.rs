//! Idempotency keys: one effect and one answer, whatever has changed since.

use actix_web::http::Method;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, Routes, Server, agency, hour, send, server};

/// Sends a command on an appointment.
async fn on(
    server: &Server<'_, impl Routes>,
    booked: &Answer,
    action: &str,
    key: &str,
    body: Value,
) -> Answer {
    let path = format!("/v1/appointments/{}/{action}", booked.body["appointment_id"].as_str().unwrap());
    send(server, (Method::POST, &path), key, body).await
}

fn at(start: chrono::DateTime<chrono::Utc>) -> Value {
    json!({ "start": start.to_rfc3339() })
}

fn is_first_answer(again: &Answer, first: &Answer) -> bool {
    again.replayed && (again.status, &again.body) == (first.status, &first.body)
}

#[actix_web::test]
async fn what_was_so_already_is_remembered_whatever_has_changed_since() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let stays = on(&server, &booked, "reschedule", "stays", at(hour(5))).await;
    assert_eq!((stays.status, &stays.body["version"]), (200, &json!(1)), "{stays:?}");
    on(&server, &booked, "confirm", "confirm", json!({})).await;
    let confirmed = on(&server, &booked, "confirm", "confirm again", json!({})).await;
    assert_eq!((confirmed.status, &confirmed.body["version"]), (200, &json!(2)), "{confirmed:?}");

    // Somebody else moves it, and cancels it.
    assert_eq!(on(&server, &booked, "reschedule", "moves", at(hour(9))).await.status, 200);
    let again = on(&server, &booked, "reschedule", "stays", at(hour(5))).await;
    assert!(is_first_answer(&again, &stays), "not moved back: {again:?}");
    assert_eq!(on(&server, &booked, "cancel", "cancel", json!({})).await.status, 200);
    let again = on(&server, &booked, "confirm", "confirm again", json!({})).await;
    assert!(is_first_answer(&again, &confirmed), "{again:?}");
}

#[actix_web::test]
async fn in_the_first_moment_after_a_start_repeated_commands_are_known() {
    let store = Store::start().await;
    let (booked, moved) = {
        let api = store.api().await;
        let server = server(&store, &api).await;
        agency(&server, &["a", "b"]).await;
        let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
        let to_b = json!({"agent_id": store.name("b")});
        let moved = on(&server, &booked, "reassign", "to b", to_b).await;
        let to_a = json!({"agent_id": store.name("a")});
        assert_eq!(on(&server, &booked, "reassign", "to a", to_a).await.status, 200);
        (booked, moved)
    };
    for _ in 0..5 {
        let api = store.starting_api();
        let server = server(&store, &api).await;
        let to_b = json!({"agent_id": store.name("b")});
        let again = on(&server, &booked, "reassign", "to b", to_b).await;
        assert!(is_first_answer(&again, &moved), "{again:?}");
        let again = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
        assert!(is_first_answer(&again, &booked), "{again:?}");
    }
}

#[actix_web::test]
async fn one_key_has_one_effect_over_office_and_agents() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let agents = ["a", "b", "c", "d", "e"];
    agency(&server, &agents).await;
    let at_once = join_all(agents.map(|agent| {
        let (server, booking) = (&server, store.booking(Some(agent), hour(5)));
        async move { send(server, BOOK, "five", booking).await.status }
    }));
    let mut statuses = at_once.await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422, 422]);

    let call = json!({"name": {"es": "Llamada"}, "duration_minutes": 15, "location_kind": "phone"});
    let path = format!("/v1/office/appointment-types/{}", store.name("other"));
    let office = send(&server, (Method::PUT, &path), "office", call).await;
    assert_eq!(office.status, 200, "{office:?}");
    let refused = send(&server, BOOK, "office", store.booking(Some("a"), hour(9))).await;
    assert_eq!((refused.status, &refused.body["code"]), (422, &json!("idempotency_mismatch")));
}

/// The second process has not looked into the log since the first has carried the command out.
#[actix_web::test]
async fn a_refusal_that_rests_on_the_same_command_is_its_answer() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a"]).await;
    let hold = json!({
        "agent_id": store.name("a"), "appointment_type": store.name("visit"),
        "start": hour(5).to_rfc3339(), "lead_id": store.name("lead"),
    });
    let held = send(&servers[0], (Method::POST, "/v1/holds"), "hold", hold).await;
    assert_eq!(held.status, 201, "{held:?}");
    let path = format!("/v1/holds/{}", held.body["hold_id"].as_str().unwrap());
    let released = send(&servers[0], (Method::DELETE, &path), "release", json!({})).await;
    assert_eq!(released.status, 200, "{released:?}");
    let again = send(&servers[1], (Method::DELETE, &path), "release", json!({})).await;
    assert!(is_first_answer(&again, &released), "{again:?}");
}

#[actix_web::test]
async fn what_is_carried_out_together_is_remembered_with_the_appointment() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let to_b = json!({"agent_id": store.name("b")});
    let (confirmed, moved) = tokio::join!(
        on(&server, &booked, "confirm", "confirm", json!({})),
        on(&server, &booked, "reassign", "move", to_b.clone()),
    );
    assert_eq!((confirmed.status, moved.status), (200, 200), "{confirmed:?} {moved:?}");
    for (action, key, body, first) in
        [("confirm", "confirm", json!({}), &confirmed), ("reassign", "move", to_b, &moved)]
    {
        let again = on(&server, &booked, action, key, body).await;
        assert!(is_first_answer(&again, first), "{again:?}");
        let position = again.body["position"].as_u64().unwrap();
        assert!(position > booked.body["position"].as_u64().unwrap(), "{again:?}");
    }
}

/// By whoever folds the stream anew: where an append ends is in its events.
#[actix_web::test]
async fn what_was_appended_together_is_answered_alike_by_another_process() {
    let store = Store::start().await;
    let api = store.api().await;
    let routes = server(&store, &api).await;
    agency(&routes, &["a"]).await;
    let keys: Vec<String> = (0..8).map(|slot| format!("slot {slot}")).collect();
    let bookings = || (1..9).map(|slot| store.booking(Some("a"), hour(slot)));
    let first = join_all(keys.iter().zip(bookings()).map(|(key, body)| send(&routes, BOOK, key, body))).await;
    let other = store.api().await;
    let routes = server(&store, &other).await;
    for ((key, body), first) in keys.iter().zip(bookings()).zip(&first) {
        assert!(is_first_answer(&send(&routes, BOOK, key, body).await, first), "{first:?}");
    }
}

/// Neither process knew of the other: both took effect, and each keeps its answer.
#[actix_web::test]
async fn whoever_was_answered_gets_that_answer_again_even_if_a_key_was_used_twice() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a", "b"]).await;
    let (to_a, to_b) = (store.booking(Some("a"), hour(5)), store.booking(Some("b"), hour(5)));
    let (a, b) = tokio::join!(
        send(&servers[0], BOOK, "twice", to_a.clone()),
        send(&servers[1], BOOK, "twice", to_b.clone())
    );
    let api = store.api().await;
    let server = server(&store, &api).await;
    for (body, first) in [(to_a, a), (to_b, b)] {
        let again = send(&server, BOOK, "twice", body).await;
        if first.status == 201 {
            assert!(is_first_answer(&again, &first), "{again:?}");
        } else {
            assert_eq!((first.status, again.status), (422, 422), "{first:?} {again:?}");
        }
    }
}

#[actix_web::test]
async fn what_has_no_key_is_not_taken_along_by_an_appointment() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    let booked = send(&server, BOOK, "", store.booking(Some("a"), hour(5))).await;
    on(&server, &booked, "confirm", "", json!({})).await;
    for to in ["b", "a", "b"] {
        let moved = on(&server, &booked, "reassign", "", json!({"agent_id": store.name(to)})).await;
        assert_eq!(moved.status, 200, "{moved:?}");
    }
    let events = store.client().load(&store.stream("a"), None).await.unwrap();
    let last = events.iter().rfind(|event| event.event_type == "AppointmentHandedOver").unwrap();
    let payload: Value = serde_json::from_slice(&last.payload).unwrap();
    assert_eq!(payload.get("receipts"), None, "{payload}");
}
