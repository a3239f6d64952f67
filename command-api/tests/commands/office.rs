use actix_web::http::Method;
use serde_json::json;

use crate::given::{Store, agency, send, server};

#[actix_web::test]
async fn what_a_change_of_the_office_leaves_out_stays_as_it_is() {
    let store = Store::start().await;
    let api = store.api();
    let server = server(&api).await;
    agency(&server, &[]).await;

    let changed = send(&server, (Method::PUT, "/v1/office"), "travel", json!({"travel_minutes": 30})).await;
    assert_eq!((changed.status, &changed.body["time_zone"]), (200, &json!("America/Santiago")));
    let events = store.client().load("office", None).await.unwrap();
    let policy: serde_json::Value = serde_json::from_slice(&events.last().unwrap().payload).unwrap();
    assert_eq!((&policy["name"], &policy["travel_minutes"]), (&json!("Oficina"), &json!(30)));
}

#[actix_web::test]
async fn a_change_to_what_is_so_appends_nothing() {
    let store = Store::start().await;
    let api = store.api();
    let server = server(&api).await;
    agency(&server, &[]).await;
    let before = store.client().stream_revision("office").await.unwrap();

    let same = send(&server, (Method::PUT, "/v1/office"), "same", json!({"name": "Oficina"})).await;
    assert_eq!(same.status, 200);
    assert_eq!(store.client().stream_revision("office").await.unwrap(), before);
}

#[actix_web::test]
async fn changes_of_different_members_at_once_are_all_kept() {
    let store = Store::start().await;
    let api = store.api();
    let server = server(&api).await;
    agency(&server, &[]).await;

    let changes =
        [json!({"travel_minutes": 30}), json!({"max_holds_per_lead": 5}), json!({"locale": "es-AR"})];
    let put =
        (0..).zip(changes).map(|(number, change)| {
            let server = &server;
            async move {
                send(server, (Method::PUT, "/v1/office"), &format!("change {number}"), change).await.status
            }
        });
    assert_eq!(futures::future::join_all(put).await, [200, 200, 200]);

    let events = store.client().load("office", None).await.unwrap();
    let policy: serde_json::Value = serde_json::from_slice(&events.last().unwrap().payload).unwrap();
    assert_eq!(
        (&policy["travel_minutes"], &policy["max_holds_per_lead"], &policy["locale"]),
        (&json!(30), &json!(5), &json!("es-AR"))
    );
}
