use actix_web::http::Method;
use serde_json::json;

use crate::store::Store;
use crate::support::{agency, send, server};

const BECAUSE: &str = "changes the policies of the office, of which a store has one";

#[actix_web::test]
async fn what_a_change_of_the_office_leaves_out_stays_as_it_is() {
    let store = Store::own(BECAUSE).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &[]).await;

    let changed = send(&server, (Method::PATCH, "/v1/office"), "travel", json!({"travel_minutes": 30})).await;
    assert_eq!((changed.status, &changed.body["time_zone"]), (200, &json!("America/Santiago")));
    let events = store.client().load("office", None).await.unwrap();
    let policy: serde_json::Value = serde_json::from_slice(&events.last().unwrap().payload).unwrap();
    assert_eq!((&policy["name"], &policy["travel_minutes"]), (&json!("Oficina"), &json!(30)));
}

#[actix_web::test]
async fn parts_of_the_day_are_set_whole_and_given_their_bounds_again() {
    let store = Store::own(BECAUSE).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &[]).await;
    let patch = (Method::PATCH, "/v1/office");

    let bounds = |from: &str, until: &str| json!({"start_time": from, "end_time": until});
    for (number, refused) in [
        json!({"morning": bounds("12:00", "12:00")}),
        json!({"night": bounds("22:00", "24:00")}),
        json!({"morning": {"start_time": "08:00"}}),
        json!(null),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"parts_of_day": refused});
        let refused = send(&server, patch.clone(), &format!("refused {number}"), body).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.body["field"].as_str().unwrap().starts_with("parts_of_day"), "{refused:?}");
    }
    let parts = json!({"midday": bounds("12:00", "15:00"), "evening": bounds("18:00", "24:00")});
    let changed = send(&server, patch, "parts", json!({"parts_of_day": parts})).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let events = store.client().load("office", None).await.unwrap();
    let policy: serde_json::Value = serde_json::from_slice(&events.last().unwrap().payload).unwrap();
    assert_eq!(policy["parts_of_day"], parts);

    let replaced = send(&server, (Method::PUT, "/v1/office"), "bare", json!({"name": "Oficina"})).await;
    assert_eq!(replaced.body["reset"], json!(["parts_of_day"]), "{replaced:?}");
}

#[actix_web::test]
async fn a_change_to_what_is_so_changes_nothing_and_its_answer_is_remembered() {
    let store = Store::start().await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &[]).await;
    let before = store.client().stream_revision("office").await.unwrap();

    let same = send(&server, (Method::PATCH, "/v1/office"), "same", json!({"name": "Oficina"})).await;
    assert_eq!(same.status, 200);
    let again = send(&server, (Method::PATCH, "/v1/office"), "same", json!({"name": "Oficina"})).await;
    assert!(again.replayed && again.body == same.body, "{again:?}");
    // Others define types of theirs meanwhile, in a store that they share.
    let since = store.client().load("office", before).await.unwrap();
    let is_no_change =
        |event_type: &str| ["AppointmentTypeDefined", "CommandHadNoEffect"].contains(&event_type);
    assert!(since.iter().all(|event| is_no_change(&event.event_type)), "{since:?}");
}

#[actix_web::test]
async fn changes_of_different_members_at_once_are_all_kept() {
    let store = Store::own(BECAUSE).await;
    let api = store.api().await;
    let server = server(&store, &api).await;
    agency(&server, &[]).await;

    let changes =
        [json!({"travel_minutes": 30}), json!({"max_holds_per_lead": 5}), json!({"locale": "es-AR"})];
    let patch = (0..).zip(changes).map(|(number, change)| {
        let server = &server;
        async move {
            send(server, (Method::PATCH, "/v1/office"), &format!("change {number}"), change).await.status
        }
    });
    assert_eq!(futures::future::join_all(patch).await, [200, 200, 200]);

    let events = store.client().load("office", None).await.unwrap();
    let policy: serde_json::Value = serde_json::from_slice(&events.last().unwrap().payload).unwrap();
    assert_eq!(
        (&policy["travel_minutes"], &policy["max_holds_per_lead"], &policy["locale"]),
        (&json!(30), &json!(5), &json!("es-AR"))
    );
}
