use actix_web::http::Method;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, agency, hour, send, server};

const HOLD: (Method, &str) = (Method::POST, "/v1/holds");

fn hold(store: &Store, agent: &str, lead: &str, hours: i64) -> Value {
    let [agent, lead, visit] = [agent, lead, "visit"].map(|name| store.name(name));
    json!({"agent_id": agent, "lead_id": lead, "appointment_type": visit, "start": hour(hours)})
}

fn reason(answer: &Answer) -> (u16, &Value) {
    (answer.status, &answer.body["reason"])
}

#[actix_web::test]
async fn a_hold_keeps_others_away_and_its_lead_books_by_its_id_alone() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;

    let held = send(&server, HOLD, "hold", hold(&store, "a", "8", 5)).await;
    assert_eq!(held.status, 201, "{held:?}");
    let taken = send(&server, BOOK, "other", store.booking(Some("a"), hour(5))).await;
    assert_eq!(reason(&taken), (409, &json!("held")));

    let of_another = json!({"lead_id": store.name("9"), "hold_id": held.body["hold_id"]});
    let refused = send(&server, BOOK, "of another", of_another).await;
    let unheard_of = json!({"lead_id": store.name("9"), "hold_id": "01890000-0000-7000-8000-000000000000"});
    let none = send(&server, BOOK, "unheard of", unheard_of).await;
    for refused in [&refused, &none] {
        assert_eq!((refused.status, &refused.body["code"]), (404, &json!("hold_not_found")), "{refused:?}");
    }

    let by_hold = json!({"lead_id": store.name("8"), "hold_id": held.body["hold_id"]});
    let booked = send(&server, BOOK, "by hold", by_hold.clone()).await;
    assert_eq!((booked.status, &booked.body["start"]), (201, &json!(hour(5))));
    let again = send(&server, BOOK, "by hold again", by_hold).await;
    assert_eq!(again.status, 409, "a hold is used once: {again:?}");
}

#[actix_web::test]
async fn a_released_hold_frees_its_slot() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;

    let held = send(&server, HOLD, "hold", hold(&store, "a", "8", 5)).await;
    let path = format!("/v1/holds/{}", held.body["hold_id"].as_str().unwrap());
    assert_eq!(send(&server, (Method::DELETE, &path), "release", json!({})).await.status, 200);
    assert!(send(&server, (Method::DELETE, &path), "release", json!({})).await.replayed);
    assert_eq!(send(&server, BOOK, "other", store.booking(Some("a"), hour(5))).await.status, 201);
}

#[actix_web::test]
async fn a_lead_holds_two_slots_at_most_whoever_the_agents_are() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;

    for (key, agent, hours) in [("1", "a", 6), ("2", "b", 6)] {
        assert_eq!(send(&server, HOLD, key, hold(&store, agent, "8", hours)).await.status, 201);
    }
    let third = send(&server, HOLD, "4", hold(&store, "c", "8", 12)).await;
    assert_eq!((third.status, &third.body["code"]), (409, &json!("hold_limit")));
    assert!(
        send(&server, HOLD, "2", hold(&store, "b", "8", 6)).await.replayed,
        "a repeated hold is no new one"
    );
}

#[actix_web::test]
async fn a_hold_that_an_appointment_was_moved_to_no_longer_counts() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;

    let mut booking = store.booking(Some("a"), hour(4));
    booking["lead_id"] = store.name("8").into();
    let booked = send(&server, BOOK, "book", booking).await;
    let id = booked.body["appointment_id"].as_str().unwrap();
    for (key, agent, hours) in [("1", "a", 6), ("2", "b", 6)] {
        assert_eq!(send(&server, HOLD, key, hold(&store, agent, "8", hours)).await.status, 201);
    }
    let path = format!("/v1/appointments/{id}/reschedule");
    let moved = send(&server, (Method::POST, &path), "move", json!({"start": hour(6)})).await;
    assert_eq!((moved.status, &moved.body["start"]), (200, &json!(hour(6))));
    let third = send(&server, HOLD, "3", hold(&store, "b", "8", 12)).await;
    assert_eq!(third.status, 201, "{third:?}");
}

#[actix_web::test]
async fn a_booking_without_an_agent_takes_the_slot_that_its_lead_holds() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;

    // The less loaded agent would be asked first otherwise.
    assert_eq!(send(&server, BOOK, "load", store.booking(Some("b"), hour(8))).await.status, 201);
    assert_eq!(send(&server, HOLD, "hold", hold(&store, "b", "8", 5)).await.status, 201);
    let mut booking = store.booking(None, hour(5));
    booking["lead_id"] = store.name("8").into();
    let booked = send(&server, BOOK, "any", booking).await;
    assert_eq!((booked.status, &booked.body["agent_id"]), (201, &json!(store.name("b"))), "{booked:?}");
}

#[actix_web::test]
async fn a_hold_lasts_one_to_fifteen_minutes() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;

    for (ttl, status) in [(59, 400), (901, 400), (60, 201)] {
        let mut body = hold(&store, "a", "8", 5);
        body["ttl_seconds"] = ttl.into();
        let answer = send(&server, HOLD, &format!("ttl {ttl}"), body).await;
        assert_eq!(answer.status, status, "{ttl}: {answer:?}");
    }
}
