//! What a lead has already with the agent, named in the refusal, whoever of the agents is asked.

use actix_web::http::Method;
use futures::future::{join, join_all};
use serde_json::{Value, json};

use crate::store::{Store, api_through};
use crate::support::{Answer, BOOK, agency, hour, send, server};

const HOLD: (Method, &str) = (Method::POST, "/v1/holds");

/// A booking of the lead's visit of a property.
fn visit(store: &Store, agent: Option<&str>, hours: i64) -> Value {
    let mut body = store.booking_of("lead", agent, hour(hours));
    body["property_id"] = json!("P-1");
    body
}

/// The refusal names the appointment that the first answer was about.
fn assert_named(refused: &Answer, code: &str, known: &Answer) {
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!(code)), "{refused:?}");
    for member in ["appointment_id", "start", "end"] {
        assert_eq!(refused.body[member], known.body[member], "{member}: {refused:?}");
    }
    assert_eq!(refused.body["zone"], "America/Santiago", "{refused:?}");
    let text = refused.body["text"].as_str().unwrap();
    assert!(
        text.contains(" de diciembre, ") && refused.body["detail"].as_str().unwrap().contains(text),
        "{refused:?}"
    );
    assert!(
        refused.body.get("reason").is_none() && refused.body.get("alternatives").is_none(),
        "{refused:?}"
    );
}

#[actix_web::test]
async fn a_lead_who_has_that_time_is_told_which_appointment_it_is() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let known = send(&server, BOOK, "known", visit(&store, Some("a"), 5)).await;
    assert_eq!(known.status, 201, "{known:?}");

    let again = send(&server, BOOK, "again", visit(&store, Some("a"), 5)).await;
    assert_named(&again, "lead_has_appointment", &known);
    let elsewhere = send(&server, BOOK, "no property", store.booking_of("lead", Some("a"), hour(5))).await;
    assert_named(&elsewhere, "lead_has_appointment", &known);
    let held = send(&server, HOLD, "hold", store.booking_of("lead", Some("a"), hour(5))).await;
    assert_named(&held, "lead_has_appointment", &known);
    let other = send(&server, BOOK, "other", store.booking_of("lead", Some("a"), hour(9))).await;
    assert_eq!(other.status, 201, "{other:?}");
    let path = format!("/v1/appointments/{}/reschedule", other.body["appointment_id"].as_str().unwrap());
    let moved = send(&server, (Method::POST, &path), "move", json!({"start": hour(5)})).await;
    assert_named(&moved, "lead_has_appointment", &known);

    let repeated = send(&server, BOOK, "known", visit(&store, Some("a"), 5)).await;
    assert!(repeated.replayed && repeated.body == known.body, "the key comes first: {repeated:?}");
    let taken = send(&server, BOOK, "taken", store.booking_of("rival", Some("a"), hour(5))).await;
    assert_eq!(
        (&taken.body["code"], &taken.body["reason"]),
        (&json!("slot_unavailable"), &json!("already_booked"))
    );
}

#[actix_web::test]
async fn a_lead_who_has_that_visit_at_another_time_is_told_of_it() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a"]).await;
    let known = send(&server, BOOK, "known", visit(&store, Some("a"), 5)).await;

    let later = send(&server, BOOK, "later", visit(&store, Some("a"), 9)).await;
    assert_named(&later, "already_scheduled", &known);
    let mut of_another = visit(&store, Some("a"), 9);
    of_another["property_id"] = json!("P-2");
    assert_eq!(send(&server, BOOK, "another property", of_another).await.status, 201);
    let path = format!("/v1/appointments/{}", known.body["appointment_id"].as_str().unwrap());
    let reschedule = (Method::POST, &*format!("{path}/reschedule"));
    let moved = send(&server, reschedule, "move", json!({"start": hour(7)})).await;
    assert_eq!(moved.status, 200, "it is moved as the refusal says: {moved:?}");
    send(&server, (Method::POST, &format!("{path}/cancel")), "cancel", json!({})).await;
    assert_eq!(send(&server, BOOK, "at last", visit(&store, Some("a"), 11)).await.status, 201);
}

#[actix_web::test]
async fn an_appointment_is_not_handed_over_to_where_its_lead_has_another() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b"]).await;
    // At the same time with two agents, each of whom was named.
    let of_a = send(&server, BOOK, "a", store.booking_of("lead", Some("a"), hour(5))).await;
    let of_b = send(&server, BOOK, "b", store.booking_of("lead", Some("b"), hour(5))).await;
    let id = of_a.body["appointment_id"].as_str().unwrap();
    for (verb, body) in [
        ("reassign", json!({"agent_id": store.name("b")})),
        ("reschedule", json!({"agent_id": store.name("b"), "duration_minutes": 30})),
    ] {
        let path = format!("/v1/appointments/{id}/{verb}");
        let refused = send(&server, (Method::POST, &path), verb, body).await;
        assert_named(&refused, "lead_has_appointment", &of_b);
    }
}

/// The other agents are free, and less loaded.
#[actix_web::test]
async fn a_booking_without_an_agent_does_not_take_the_lead_twice() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &["a", "b", "c"]).await;
    let known = send(&server, BOOK, "known", visit(&store, Some("c"), 5)).await;
    for key in ["", "key"] {
        let refused = send(&server, BOOK, key, visit(&store, None, 5)).await;
        assert_named(&refused, "lead_has_appointment", &known);
    }
    let any = send(&server, BOOK, "another lead", store.booking_of("rival", None, hour(5))).await;
    assert_eq!((any.status, &any.body["agent_id"]), (201, &json!(store.name("a"))), "{any:?}");

    // Whoever takes nothing new has what there was all the same.
    let path = format!("/v1/agents/{}/deactivate", store.name("c"));
    send(&server, (Method::POST, &path), "bye", json!({"keep_appointments": true})).await;
    let refused = send(&server, BOOK, "key 2", visit(&store, None, 5)).await;
    assert_named(&refused, "lead_has_appointment", &known);
}

#[actix_web::test]
async fn of_many_bookings_of_a_lead_at_once_with_one_agent_one_is_made() {
    let store = Store::start().await;
    let apis = [store.api().await, store.api().await];
    let servers = [server(&store, &apis[0]).await, server(&store, &apis[1]).await];
    agency(&servers[0], &["a"]).await;
    let keys: Vec<String> = (0..8).map(|number| format!("key {number}")).collect();
    let asked = keys.iter().zip(0..);
    let asked = asked.map(|(key, number)| send(&servers[number % 2], BOOK, key, visit(&store, Some("a"), 5)));
    let (booked, refused): (Vec<_>, Vec<_>) =
        join_all(asked).await.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(booked.len(), 1, "{booked:?}");
    for refused in refused {
        assert_named(&refused, "lead_has_appointment", &booked[0]);
    }
}

/// It is claimed for an agent who meanwhile gets another booking of the lead: the claim goes to nobody else.
#[actix_web::test]
async fn a_claimed_booking_goes_on_to_nobody_when_the_lead_has_that_time() {
    let (store, proxy) = Store::behind_a_wire().await;
    let (held_up, api) = (api_through(&proxy).await, store.api().await);
    let (held_up, server) = (server(&store, &held_up).await, server(&store, &api).await);
    agency(&server, &["a", "b"]).await;
    proxy.keep_next_booking_back();
    let any = send(&held_up, BOOK, "any", visit(&store, None, 5));
    let meanwhile = async {
        proxy.has_one().await;
        let known = send(&server, BOOK, "known", visit(&store, Some("a"), 5)).await;
        proxy.open();
        known
    };
    let (refused, known) = join(any, meanwhile).await;
    assert_eq!(known.status, 201, "{known:?}");
    assert_named(&refused, "lead_has_appointment", &known);
    let again = send(&server, BOOK, "any", visit(&store, None, 5)).await;
    assert_named(&again, "lead_has_appointment", &known);
}
