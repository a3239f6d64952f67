//! Commands on leads.

use actix_web::http::Method;
use schemas::{LeadId, stream};
use serde_json::{Value, json};

use crate::store::Store;
use crate::support::{Answer, agency, hour, send, send_with, server};

fn lead(store: &Store, name: &str) -> String {
    format!("/v1/leads/{}", store.name(name))
}

fn version(answer: &Answer) -> u64 {
    answer.body["version"].as_u64().unwrap_or_else(|| panic!("{answer:?}"))
}

/// Everything that is stored of a lead, as text.
async fn stored(store: &Store, name: &str) -> Vec<(String, Value)> {
    let lead_id = LeadId::parse(&store.name(name)).unwrap();
    let events = store.client().load(&stream::lead(&lead_id), None).await.unwrap();
    let payload = |payload: &[u8]| serde_json::from_slice(payload).unwrap();
    events.into_iter().map(|event| (event.event_type, payload(&event.payload))).collect()
}

#[actix_web::test]
async fn a_lead_is_registered_changed_and_replaced() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let path = lead(&store, "a");
    let contact = json!({"name": "Zoraida Núñez", "email": "z@example.org", "phone": "+56977712345",
        "locale": "es-CL", "preferred_channel": "whatsapp"});
    let registered = send(&server, (Method::PUT, &path), "put", contact.clone()).await;
    assert_eq!((registered.status, version(&registered)), (200, 1));
    assert_eq!(registered.body["lead_id"], json!(store.name("a")));
    assert_eq!(registered.body["preferred_channel"], "whatsapp");
    for personal in ["Zoraida", "z@example.org", "+56977712345", "es-CL"] {
        assert!(!registered.body.to_string().contains(personal), "{registered:?}");
    }
    let again = send(&server, (Method::PUT, &path), "put", contact.clone()).await;
    assert!(again.replayed && again.body == registered.body, "{again:?}");
    let unchanged = send(&server, (Method::PUT, &path), "", contact).await;
    assert_eq!((unchanged.status, version(&unchanged)), (200, 1));
    let change = json!({"email": null, "phone": "+56977754321"});
    let changed = send(&server, (Method::PATCH, &path), "", change).await;
    assert_eq!((changed.status, version(&changed)), (200, 2));
    let replaced = send(&server, (Method::PUT, &path), "", json!({"name": "Zoraida"})).await;
    assert_eq!(replaced.body["reset"], json!(["phone", "locale", "preferred_channel"]));
    let events = stored(&store, "a").await;
    let types: Vec<_> = events.iter().map(|(event_type, _)| event_type.as_str()).collect();
    assert_eq!(types, ["LeadRegistered", "LeadUpdated", "LeadUpdated"]);
    let personal = |value: &str| json!({"lead_id": store.name("a"), "personal": value});
    assert_eq!(events[1].1["phone"], personal("+56977754321"));
    assert_eq!(events[1].1["email"], Value::Null);
    assert_eq!(events[2].1, json!({"lead_id": store.name("a"), "name": personal("Zoraida")}));
}

#[actix_web::test]
async fn a_consent_is_given_and_withdrawn_and_an_older_one_comes_too_late() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let path = format!("{}/consents/reminders", lead(&store, "a"));
    let say = async |given: bool, at: Option<&str>| {
        let mut body =
            json!({"channel": "whatsapp", "given": given, "source": "Formulario", "wording": "Sí"});
        if let Some(at) = at {
            body["at"] = json!(at);
        }
        send(&server, (Method::PUT, &path), "", body).await
    };
    let given = say(true, None).await;
    assert_eq!((given.status, version(&given)), (200, 1));
    let consent = |given: bool, at: &str| json!([{"purpose": "reminders", "channel": "whatsapp", "given": given, "at": at}]);
    assert_eq!(given.body["consents"], consent(true, crate::support::NOW));
    assert_eq!(version(&say(true, None).await), 1, "the same again");
    let withdrawn = say(false, None).await;
    assert_eq!((version(&withdrawn), &withdrawn.body["consents"]), (2, &consent(false, crate::support::NOW)));
    let late = say(true, Some("2026-12-14T09:00:00-03:00")).await;
    assert_eq!(late.status, 200);
    let late = say(true, Some("2026-12-13T09:00:00-03:00")).await;
    let stands = late.body["consents"][0].clone();
    assert_eq!(stands["at"], json!(crate::support::NOW), "what was said before changes nothing: {stands}");
    let future = say(true, Some("2026-12-14T13:00:00Z")).await;
    assert_eq!((future.status, &future.body["field"]), (400, &json!("at")), "{future:?}");
}

#[actix_web::test]
async fn conditions_keys_and_dry_runs_hold_for_leads() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let path = lead(&store, "a");
    let tried =
        send(&server, (Method::PUT, &format!("{path}?dry_run=true")), "", json!({"name": "Ana"})).await;
    assert_eq!((tried.status, version(&tried)), (200, 1));
    assert!(stored(&store, "a").await.is_empty());
    let put = async |header: (&'static str, &str), name: &str| {
        send_with(&server, (Method::PUT, &path), header, json!({"name": name})).await.status
    };
    assert_eq!(put(("If-Match", "*"), "Ana").await, 412, "nothing is there");
    assert_eq!(put(("If-None-Match", "*"), "Ana").await, 200);
    assert_eq!(put(("If-None-Match", "*"), "Eva").await, 412);
    assert_eq!(put(("If-Match", "\"2\""), "Eva").await, 412);
    assert_eq!(put(("If-Match", "\"1\""), "Eva").await, 200);

    let changed = send(&server, (Method::PATCH, &path), "k", json!({"name": "Ida"})).await;
    assert_eq!((changed.status, version(&changed)), (200, 3));
    let other = send(&server, (Method::PATCH, &path), "k", json!({"name": "Eva"})).await;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency_mismatch")));
    let of_another = send(&server, (Method::PATCH, &lead(&store, "b")), "k", json!({"name": "Ida"})).await;
    assert_eq!((of_another.status, &of_another.body["code"]), (422, &json!("idempotency_mismatch")));
    // Another process finds it where it was carried out.
    let restarted = store.api().await;
    let server = crate::support::server(&store, &restarted).await;
    let again = send(&server, (Method::PATCH, &path), "k", json!({"name": "Ida"})).await;
    assert!(again.replayed && again.body == changed.body, "{again:?}");
    let of_another = send(&server, (Method::PATCH, &lead(&store, "b")), "k", json!({"name": "Ida"})).await;
    assert_eq!((of_another.status, &of_another.body["code"]), (422, &json!("idempotency_mismatch")));
    assert!(stored(&store, "b").await.is_empty());
}

#[actix_web::test]
async fn what_is_no_contact_is_refused_by_its_field() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    let path = lead(&store, "a");
    for (method, body, field) in [
        (Method::PUT, json!({"name": "Zora\u{202e}ida"}), "name"),
        (Method::PUT, json!({"name": " "}), "name"),
        (Method::PUT, json!({"email": "zoraida"}), "email"),
        (Method::PATCH, json!({"phone": "977712345"}), "phone"),
        (Method::PATCH, json!({"locale": "es_CL"}), "locale"),
        (Method::PATCH, json!({"preferred_channel": "fax"}), "preferred_channel"),
        (Method::PUT, json!({"nickname": "Zora"}), "nickname"),
    ] {
        let refused = send(&server, (method, &path), "", body).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(field)), "{refused:?}");
        assert!(!refused.body.to_string().to_lowercase().contains("zora"), "{refused:?}");
    }
    let consent = json!({"channel": "sms", "given": true, "source": "Chat"});
    let news = format!("{path}/consents/news");
    let refused = send(&server, (Method::PUT, &news), "", consent.clone()).await;
    assert_eq!((refused.status, &refused.body["field"]), (400, &json!("purpose")), "{refused:?}");
    for (member, value) in [("channel", json!("fax")), ("given", json!("yes")), ("source", json!(""))] {
        let mut body = consent.clone();
        body[member] = value;
        let refused = send(&server, (Method::PUT, &format!("{path}/consents/reminders")), "", body).await;
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(member)), "{refused:?}");
    }
    assert!(stored(&store, "a").await.is_empty());
}

#[actix_web::test]
async fn a_lead_that_was_never_registered_books_as_ever() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let booking = store.booking_of("nobody", Some("a"), hour(5));
    let booked = send(&server, (Method::POST, "/v1/appointments"), "", booking).await;
    assert_eq!(booked.status, 201, "{booked:?}");
    assert!(stored(&store, "nobody").await.is_empty(), "a booking is decided on its agent's stream alone");
}
