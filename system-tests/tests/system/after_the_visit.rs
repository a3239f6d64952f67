//! What an office records of a visit once its time has come, corrects, and notes.

use serde_json::{Value, json};
use system_tests::Client;

use crate::support::{Given, VISIT, at, book, booking, head, instant, text};

/// Books a visit of yesterday, which somebody came to without an appointment.
async fn walk_in(client: &Client, minutes: i64) -> String {
    let mut walk_in = booking("7", "55", at(0, minutes - 1440));
    walk_in["force"] = json!(["past", "outside_hours"]);
    let booked = client.post("/v1/appointments").body(&walk_in).ok().await;
    booked["appointment_id"].as_str().unwrap().to_owned()
}

async fn ids(client: &Client, query: &str) -> Vec<String> {
    let path = format!("/v1/appointments?{query}&min_position={}", head(client).await);
    let found = client.get(&path).ok().await;
    found["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn shown(client: &Client, id: &str) -> Value {
    client.get(&format!("/v1/appointments/{id}?min_position={}", head(client).await)).ok().await
}

#[tokio::test]
async fn a_walk_in_of_yesterday_is_recorded_resolved_and_corrected() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let past = booking("7", "55", at(0, 600 - 1440));
    let refused = client.post("/v1/appointments").body(&past).answer().await;
    assert_eq!(refused.refused(409, "slot_unavailable")["reason"], "past");
    let coming = book(&client, "7", "55", at(3, 600)).await;
    let [first, second] = [walk_in(&client, 600).await, walk_in(&client, 660).await];
    // Two never overlap, whatever is forced.
    let mut overlapping = booking("7", "56", at(0, 600 - 1440));
    overlapping["force"] = json!(["past", "outside_hours", "off_grid"]);
    let refused = client.post("/v1/appointments").body(&overlapping).answer().await;
    assert_eq!(refused.refused(409, "slot_unavailable")["reason"], "already_booked");

    assert_eq!(ids(&client, "outcome=unresolved").await, [first.clone(), second.clone()]);
    let of = |id: &str, verb: &str| format!("/v1/appointments/{id}/{verb}");
    let completed = client.post(&of(&first, "complete")).ok().await;
    assert_eq!(completed["status"], "completed");
    client.post(&of(&second, "no-show")).body(&json!({"by": "occupant"})).ok().await;
    assert_eq!(ids(&client, "outcome=unresolved").await, [""; 0]);
    assert_eq!(ids(&client, "outcome=completed").await, [&*first]);
    assert_eq!(ids(&client, "outcome=completed&outcome=no_show").await, [first.clone(), second.clone()]);
    assert_eq!(ids(&client, "outcome=no_show&outcome=unresolved").await, [&*second]);
    let row = shown(&client, &second).await;
    assert_eq!((&row["outcome"], &row["no_show_by"]), (&json!("no_show"), &json!("occupant")));
    let row = shown(&client, &coming).await;
    assert_eq!((&row["outcome"], &row["no_show_by"]), (&Value::Null, &Value::Null));
    let context = client.get("/v1/leads/55/context").ok().await;
    assert!(context["text"].as_str().unwrap().contains("no hubo quien abriera"), "{context}");

    let wrong = json!({"outcome": "completed", "by": "lead"});
    client.put(&of(&second, "outcome")).body(&wrong).answer().await.refused(400, "malformed_request");
    let corrected = client.put(&of(&second, "outcome")).body(&json!({"outcome": "completed"})).ok().await;
    assert_eq!((&corrected["status"], &corrected["version"]), (&json!("completed"), &json!(3)));
    let row = shown(&client, &second).await;
    assert_eq!((&row["outcome"], &row["no_show_by"]), (&json!("completed"), &Value::Null));
    let history = client.get(&of(&second, "history")).ok().await;
    let told: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|entry| &entry["event_type"]).collect();
    assert_eq!(told, ["AppointmentBooked", "AppointmentNoShow", "OutcomeCorrected"]);
    assert_eq!(history["items"][0]["data"]["forced"], json!(["past"]));
}

#[tokio::test]
async fn what_is_noted_can_be_changed_and_taken_away() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let mut with_details = booking("7", "55", at(3, 600));
    with_details["notes"] = json!("Second floor");
    with_details["lead_contact"] = json!({"name": "Carla", "phone": "+56912345678"});
    let booked = client.post("/v1/appointments").body(&with_details).ok().await;
    let id = booked["appointment_id"].as_str().unwrap();
    let path = format!("/v1/appointments/{id}");
    let change = json!({
        "notes": null, "location": "Los Leones 1", "property_id": "P-1", "lead_contact": {"name": "Carla Soto"},
    });
    let answer = client.patch(&path).body(&change).answer().await.success();
    assert_eq!((&answer.json()["version"], answer.header("etag")), (&json!(2), "\"2\""));
    let row = shown(&client, id).await;
    assert_eq!((&row["notes"], &row["location"]), (&Value::Null, &json!("Los Leones 1")));
    assert_eq!((&row["property_id"], &row["version"]), (&json!("P-1"), &json!(2)));
    assert_eq!(row["lead_contact"], json!({"name": "Carla Soto"}));
    assert_eq!((instant(&row["start"]), &row["sequence"]), (at(3, 600), &json!(0)));
    // So already: no other version.
    assert_eq!(client.patch(&path).body(&change).ok().await["version"], 2);
    let stale = client.patch(&path).if_match(1).body(&json!({"notes": "x"})).answer().await;
    stale.refused(412, "stale_version");
    let unknown = json!({"start": text(at(3, 630))});
    client.patch(&path).body(&unknown).answer().await.refused(400, "malformed_request");
    assert_eq!(ids(&client, "property_id=P-1").await, [id]);
}

#[tokio::test]
async fn a_cancellation_is_taken_back_while_the_time_is_free() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 600)).await;
    let of = |id: &str, verb: &str| format!("/v1/appointments/{id}/{verb}");
    client.post(&of(&id, "confirm")).ok().await;
    client.post(&of(&id, "cancel")).body(&json!({"reason": "Ill"})).ok().await;
    let other = book(&client, "7", "56", at(3, 600)).await;
    let refused = client.post(&of(&id, "reinstate")).answer().await;
    let refused = refused.refused(409, "slot_unavailable");
    assert_eq!(refused["reason"], "already_booked");
    client.post(&of(&other, "cancel")).ok().await;
    // Nor while the lead has another at that time.
    let own = book(&client, "7", "55", at(3, 600)).await;
    let refused = client.post(&of(&id, "reinstate")).answer().await;
    assert_eq!(refused.refused(409, "lead_has_appointment")["appointment_id"], own);
    client.post(&of(&own, "cancel")).ok().await;
    let body = json!({"reason": "Well again", "requested_by": "lead"});
    let back = client.post(&of(&id, "reinstate")).body(&body).answer().await.success();
    assert_eq!((&back.json()["status"], &back.json()["version"]), (&json!("confirmed"), &json!(4)));
    let row = shown(&client, &id).await;
    assert_eq!((&row["status"], &row["version"]), (&json!("confirmed"), &json!(4)));
    let range = format!("from={}&to={}", text(at(3, 600)), text(at(3, 630)));
    let path = format!("/v1/slots?appointment_type={VISIT}&{range}&min_position={}", head(&client).await);
    assert_eq!(client.get(&path).ok().await["items"], json!([]));
    let history = client.get(&of(&id, "history")).ok().await;
    let last = history["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["event_type"], &last["reason"]),
        (&json!("AppointmentReinstated"), &json!("Well again"))
    );
    // One that has begun cannot be: what is over stays over.
    let past = walk_in(&client, 600).await;
    client.post(&of(&past, "cancel")).ok().await;
    let refused = client.post(&of(&past, "reinstate")).answer().await;
    assert_eq!(refused.refused(409, "invalid_transition")["appointment_status"], "cancelled");
}
