//! What a refusal offers instead, and in which words.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, BOOK, agency, hour, send, server};

const HOLD: (Method, &str) = (Method::POST, "/v1/holds");

fn alternatives(refused: &Answer) -> Vec<Value> {
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("slot_unavailable")), "{refused:?}");
    refused.body["alternatives"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn another_agent_at_the_same_hour_comes_first_and_then_the_nearest() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    assert_eq!(send(&server, BOOK, "first", store.booking(Some("a"), hour(5))).await.status, 201);

    let rival = store.booking_of("rival", Some("a"), hour(5));
    let refused = send(&server, BOOK, "rival", rival.clone()).await;
    let offered = alternatives(&refused);
    let of = |number: usize| (offered[number]["agent_id"].clone(), offered[number]["start"].clone());
    let expected = [("b", hour(5)), ("a", hour(4)), ("a", hour(6))];
    assert_eq!(
        [of(0), of(1), of(2)],
        expected.map(|(agent, start)| (json!(store.name(agent)), json!(start)))
    );
    let held = send(&server, HOLD, "hold", rival.clone()).await;
    assert_eq!(alternatives(&held)[0]["agent_id"], json!(store.name("b")), "of a hold too: {held:?}");

    assert_eq!(send(&server, BOOK, "both", store.booking(Some("b"), hour(5))).await.status, 201);
    let neither = send(&server, BOOK, "neither", rival).await;
    let offered = alternatives(&neither);
    assert!(offered.iter().all(|other| other["agent_id"] == json!(store.name("a"))), "{offered:?}");
}

#[actix_web::test]
async fn what_is_offered_can_be_booked_by_its_reference() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    send(&server, BOOK, "first", store.booking(Some("a"), hour(5))).await;
    let named = send(&server, BOOK, "named", store.booking_of("rival", Some("a"), hour(5))).await;
    send(&server, BOOK, "both", store.booking(Some("b"), hour(10))).await;
    send(&server, BOOK, "all", store.booking(Some("a"), hour(10))).await;
    let unnamed = send(&server, BOOK, "unnamed", store.booking_of("rival", None, hour(10))).await;
    for (number, other) in alternatives(&named).iter().chain(&alternatives(&unnamed)).enumerate() {
        let body = json!({"lead_id": store.name(&format!("lead-{number}")), "slot_ref": other["slot_ref"]});
        let booked = send(&server, BOOK, &format!("offered {number}"), body).await;
        assert_eq!(booked.status, 201, "{other}: {booked:?}");
        for member in ["agent_id", "start", "end"] {
            assert_eq!(booked.body[member], other[member], "{member}: {booked:?}");
        }
        assert_eq!(other["appointment_type"], json!(store.name("visit")));
    }
}

#[actix_web::test]
async fn a_refusal_says_the_time_as_people_do_in_the_zone_that_was_asked_in() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    send(&server, BOOK, "first", store.booking(Some("a"), hour(5))).await;

    let mut body = store.booking_of("rival", Some("a"), hour(5));
    let refused = send(&server, BOOK, "rival", body.clone()).await;
    let requested = json!({
        "start": hour(5),
        "end": hour(6),
        "local": "2026-12-14T14:00",
        "weekday": "lunes",
        "zone": "America/Santiago",
        "text": "lunes 14 de diciembre, 14:00 a 15:00",
    });
    assert_eq!(refused.body["requested"], requested);
    let detail = "The slot (lunes 14 de diciembre, 14:00 a 15:00) is not available: already_booked.";
    assert_eq!(refused.body["detail"], detail);
    let offered = alternatives(&refused);
    let first = (&offered[0]["text"], &offered[0]["local"]);
    assert_eq!(first, (&json!("lunes 14 de diciembre, 13:00 a 14:00"), &json!("2026-12-14T13:00")));

    body["start"] = json!({"local": "2026-12-14T17:00", "zone": "UTC"});
    let refused = send(&server, BOOK, "by another clock", body).await;
    assert_eq!(refused.body["requested"]["text"], "lunes 14 de diciembre, 17:00 a 18:00 (hora de UTC)");
    assert!(alternatives(&refused).iter().all(|other| other["zone"] == "UTC"), "{refused:?}");
}

#[actix_web::test]
async fn what_is_too_early_or_in_the_way_is_told_in_local_time() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booked = send(&server, BOOK, "first", store.booking(Some("a"), hour(5))).await;
    let path = format!("/v1/appointments/{}/complete", booked.body["appointment_id"].as_str().unwrap());
    let early = send(&server, (Method::POST, &path), "early", json!({})).await;
    assert_eq!((&early.body["code"], &early.body["start"]), (&json!("not_started"), &json!(hour(5))));
    assert_eq!(early.body["text"], "lunes 14 de diciembre, 14:00");
    assert!(early.body["detail"].as_str().unwrap().ends_with("It starts on lunes 14 de diciembre, 14:00."));

    let path = format!("/v1/agents/{}/blocks", store.name("a"));
    let block = json!({"start": hour(5), "end": hour(6), "reason": "Reunión"});
    let refused = send(&server, (Method::POST, &path), "block", block).await;
    assert_eq!(refused.body["code"], "block_overlaps_appointments", "{refused:?}");
    assert_eq!(refused.body["appointments"][0]["text"], "lunes 14 de diciembre, 14:00 a 15:00");
}

#[actix_web::test]
async fn an_answer_says_its_time_whenever_it_is_given() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booked = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    let said =
        |answer: &Answer| ["local", "weekday", "zone", "text"].map(|member| answer.body[member].clone());
    let text = "lunes 14 de diciembre, 14:00 a 15:00";
    assert_eq!(said(&booked), ["2026-12-14T14:00", "lunes", "America/Santiago", text].map(Value::from));
    let again = send(&server, BOOK, "book", store.booking(Some("a"), hour(5))).await;
    assert!(again.replayed && again.body == booked.body, "{again:?}");

    let mut body = store.booking(Some("a"), hour(8));
    body["start"] = json!({"local": "2026-12-14T20:00", "zone": "UTC"});
    let elsewhere = send(&server, BOOK, "by another clock", body).await;
    let text = "lunes 14 de diciembre, 20:00 a 21:00 (hora de UTC)";
    assert_eq!(elsewhere.body["text"], text, "as agreed: {elsewhere:?}");
    let path = format!("/v1/appointments/{}/cancel", elsewhere.body["appointment_id"].as_str().unwrap());
    let cancelled = send(&server, (Method::POST, &path), "cancel", json!({})).await;
    assert_eq!(said(&cancelled), said(&elsewhere));

    let held = send(&server, HOLD, "hold", store.booking(Some("a"), hour(10))).await;
    assert_eq!(held.body["text"], "lunes 14 de diciembre, 19:00 a 20:00", "{held:?}");
}
