//! Names, ids and types that stand in a request: what nobody could see, find or mean is refused.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{BOOK, agency, hour, send, server};

fn profile(name: &str) -> Value {
    json!({"name": name, "time_zone": "America/Santiago"})
}

#[actix_web::test]
async fn what_cannot_be_seen_found_or_meant_is_refused_by_its_field() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let agent = format!("/v1/agents/{}", store.name("a"));
    let paseo = format!("/v1/office/appointment-types/{}", store.name("paseo"));
    let kind = |name: Value| json!({"name": name, "duration_minutes": 30, "location_kind": "property"});
    let rule = json!({"day_of_week": 0, "start_time": "09:00", "end_time": "18:00"});
    let mut booking = store.booking(Some("a"), hour(5));
    let with = |member: &str, value: Value| {
        let mut booking = booking.clone();
        booking[member] = value;
        booking
    };
    let bookings = [
        ("lead_id", with("lead_id", json!(".."))),
        ("property_id", with("property_id", json!("."))),
        ("lead_contact.name", with("lead_contact", json!({"name": "Eva\u{200b}"}))),
        ("origin", with("origin", json!("system"))),
        ("origin", with("origin", json!("kafka"))),
    ];
    for (field, body) in bookings {
        let refused = send(&server, BOOK, "", body).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(field)), "{refused:?}");
    }
    booking.as_object_mut().unwrap().remove("lead_id");
    let hours = format!("{agent}/weekly-hours");
    for (path, body, field) in [
        (agent.as_str(), profile("Ana\u{202e}"), "name"),
        (agent.as_str(), profile("A\u{e0041}na"), "name"),
        (agent.as_str(), json!({"name": "Ana"}), "time_zone"),
        ("/v1/agents/%2e%2e", profile("Ana"), "agent_id"),
        (paseo.as_str(), kind(json!({})), "name"),
        (paseo.as_str(), kind(json!({"es": " "})), "name.es"),
        (hours.as_str(), json!({"rules": [{"day_of_week": 0}]}), "rules[0].start_time"),
    ] {
        let refused = send(&server, (Method::PUT, path), "", body).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(field)), "{path}: {refused:?}");
    }
    let refused = send(&server, BOOK, "", booking).await;
    assert_eq!((refused.status, &refused.body["field"]), (400, &json!("lead_id")), "{refused:?}");

    let mut of_unknown = rule;
    of_unknown["appointment_type"] = json!("tasacion");
    let refused = send(&server, (Method::PUT, &hours), "", json!({"rules": [of_unknown]})).await;
    assert_eq!((refused.status, &refused.body["code"]), (404, &json!("unknown_appointment_type")));
    assert_eq!(refused.body["appointment_type"], "tasacion");
}

#[actix_web::test]
async fn the_channel_that_is_named_is_that_of_the_event() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let mut booking = store.booking(Some("a"), hour(5));
    booking["origin"] = json!("chat");
    assert_eq!(send(&server, BOOK, "", booking).await.status, 201);
    let events = store.client().load(&store.stream("a"), None).await.unwrap();
    let booked = events.iter().find(|event| event.event_type == "AppointmentBooked").unwrap();
    let payload: Value = serde_json::from_slice(&booked.payload).unwrap();
    assert_eq!(
        (&payload["origin"], booked.metadata().unwrap().origin),
        (&json!("chat"), schemas::Origin::Chat)
    );
}

#[actix_web::test]
async fn preconditions_hold_for_lists_weak_tags_and_what_must_not_exist() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let agent = format!("/v1/agents/{}", store.name("a"));
    let put = async |header: (&'static str, &str), name: &str| {
        crate::support::send_with(&server, (Method::PUT, &agent), header, profile(name)).await.status
    };
    assert_eq!(put(("If-Match", "*"), "Ana").await, 412, "nothing is there");
    assert_eq!(put(("If-None-Match", "*"), "Ana").await, 200);
    assert_eq!(put(("If-None-Match", "*"), "Eva").await, 412);
    assert_eq!(put(("If-None-Match", "\"1\""), "Eva").await, 412);
    assert_eq!(put(("If-None-Match", "W/\"1\""), "Eva").await, 412);
    assert_eq!(put(("If-Match", "W/\"1\""), "Eva").await, 412);
    assert_eq!(put(("If-Match", "\"7\", \"8\""), "Eva").await, 412);
    assert_eq!(put(("If-Match", "\"7\", \"1\""), "Eva").await, 200);
    assert_eq!(put(("If-None-Match", "\"1\""), "Ida").await, 200, "it has another version now");
}

#[actix_web::test]
async fn the_hours_of_a_date_are_made_only_where_there_are_none() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let put = async |date: &str, header: (&'static str, &str)| {
        let path = format!("/v1/agents/{}/exceptions/{date}", store.name("a"));
        let closed = json!({"intervals": []});
        crate::support::send_with(&server, (Method::PUT, &path), header, closed).await.status
    };
    assert_eq!(put("2026-12-21", ("If-Match", "*")).await, 412, "there are none");
    assert_eq!(put("2026-12-21", ("If-None-Match", "*")).await, 200);
    assert_eq!(put("2026-12-21", ("If-None-Match", "*")).await, 412);
    assert_eq!(put("2026-12-22", ("If-None-Match", "*")).await, 200, "another date");
    assert_eq!(put("2026-12-22", ("If-Match", "*")).await, 200);
}

#[actix_web::test]
async fn a_change_that_names_a_member_that_has_to_be_names_no_null() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let agent = format!("/v1/agents/{}", store.name("a"));
    let visit = format!("/v1/office/appointment-types/{}", store.name("visit"));
    for (path, member) in [
        (agent.as_str(), "name"),
        (&agent, "time_zone"),
        (&agent, "inherits_office_hours"),
        (&visit, "name"),
        (&visit, "duration_minutes"),
        (&visit, "location_kind"),
        ("/v1/office", "time_zone"),
        ("/v1/office", "travel_minutes"),
    ] {
        let refused = send(&server, (Method::PATCH, path), "", json!({ member: null })).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(member)), "{path}: {refused:?}");
    }
    for (path, member) in [(&agent, "email"), (&visit, "daily_limit")] {
        assert_eq!(send(&server, (Method::PATCH, path), "", json!({ member: null })).await.status, 200);
    }
}
