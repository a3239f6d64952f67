use serde_json::{Value, json};
use system_tests::Client;

use crate::support::{Given, VISIT, always, at, book, booking, instant, text};

async fn slots(client: &Client, query: &str) -> Value {
    client.get(&format!("/v1/slots?appointment_type={VISIT}&{query}")).ok().await
}

#[tokio::test]
async fn an_offered_slot_is_booked_confirmed_moved_and_called_off_and_all_of_it_is_told() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    let range = format!("from={}&to={}", text(at(3, 600)), text(at(3, 660)));
    let offered = slots(&client, &format!("{range}&agent_id=7&zone=America/Santiago")).await;
    let offered = offered["items"].as_array().unwrap();
    assert_eq!(offered.len(), 2);
    assert_eq!((instant(&offered[0]["start"]), &offered[0]["agent_id"]), (at(3, 600), &json!("7")));
    let body = json!({
        "lead_id": "55", "slot_ref": offered[0]["slot_ref"], "property_id": "P-1", "location": "Los Leones 1",
        "notes": "Second floor", "lead_contact": {"name": "Carla", "locale": "es-CL"}, "origin": "chat",
    });
    let answer = client.post("/v1/appointments").body(&body).answer().await.success();
    let booked = answer.json();
    let id = booked["appointment_id"].as_str().unwrap().to_owned();
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (201, &*format!("/v1/appointments/{id}"))
    );
    assert_eq!(answer.header("etag"), format!("\"{}\"", booked["version"]));

    let command = async |verb: &str, body: Value| {
        client.post(&format!("/v1/appointments/{id}/{verb}")).body(&body).ok().await
    };
    assert_eq!(command("confirm", json!({})).await["status"], "confirmed");
    let moved = command("reschedule", json!({"start": text(at(3, 630))})).await;
    assert_eq!((&moved["status"], &moved["sequence"]), (&json!("scheduled"), &json!(1)));
    let handed_on = command("reassign", json!({"agent_id": "8"})).await;
    assert_eq!(handed_on["agent_id"], "8");
    let shown = client
        .get(&format!("/v1/appointments/{id}?min_position={}", handed_on["position"]))
        .answer()
        .await
        .success();
    let row = shown.json();
    assert_eq!((&row["agent_id"], &row["notes"]), (&json!("8"), &json!("Second floor")));
    assert_eq!((&row["lead_contact"]["name"], &row["origin"]), (&json!("Carla"), &json!("chat")));
    assert_eq!(shown.tagged_version(), row["version"]);
    let context = client.get("/v1/leads/55/context").ok().await;
    assert_eq!(context["upcoming"][0]["id"], id);
    assert!(context["text"].as_str().unwrap().contains(&id), "{context}");

    let cancelled = command("cancel", json!({"reason": "Ill"})).await;
    let history = format!("/v1/appointments/{id}/history?min_position={}", cancelled["position"]);
    let history = client.get(&history).ok().await;
    let types: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|entry| &entry["event_type"]).collect();
    assert_eq!(
        types,
        [
            "AppointmentBooked",
            "AppointmentConfirmed",
            "AppointmentRescheduled",
            "AppointmentHandedOver",
            "AppointmentCancelled"
        ]
    );
    let last = &history["items"][4];
    assert_eq!((&last["reason"], &last["actor"]["id"]), (&json!("Ill"), &json!("admin")));
    assert_eq!(client.get("/v1/leads/55/context").ok().await["past"][0]["id"], id);
    // The time is free again, with either of them.
    assert_eq!(slots(&client, &range).await["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_hold_keeps_others_away_until_it_is_used_or_given_back() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let answer = client.post("/v1/holds").body(&booking("7", "55", at(3, 600))).answer().await.success();
    assert_eq!(answer.status, 201);
    let held = answer.json();
    let refused = client.post("/v1/appointments").body(&booking("7", "56", at(3, 600))).answer().await;
    assert_eq!(refused.refused(409, "slot_unavailable")["reason"], "held");
    let with_hold = |lead: &str| json!({"lead_id": lead, "hold_id": held["hold_id"]});
    client.post("/v1/appointments").body(&with_hold("56")).answer().await.refused(404, "hold_not_found");
    let booked = client.post("/v1/appointments").body(&with_hold("55")).ok().await;
    assert_eq!(instant(&booked["start"]), at(3, 600));
    let path = format!("/v1/holds/{}", held["hold_id"].as_str().unwrap());
    let used = client.delete(&path).answer().await.problem();
    assert!(["hold_expired", "hold_not_found"].iter().any(|code| used["code"] == *code), "{used}");

    let range = format!("from={}&to={}", text(at(3, 660)), text(at(3, 690)));
    let offered = slots(&client, &range).await;
    let by_reference =
        json!({"slot_ref": offered["items"][0]["slot_ref"], "lead_id": "57", "ttl_seconds": 60});
    let held = client.post("/v1/holds").body(&by_reference).ok().await;
    let (gone, back) = (&held["position"], format!("/v1/holds/{}", held["hold_id"].as_str().unwrap()));
    assert_eq!(slots(&client, &format!("{range}&min_position={gone}")).await["items"], json!([]));
    let own = slots(&client, &format!("{range}&lead_id=57")).await;
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    let released = client.delete(&back).ok().await["position"].clone();
    let free = slots(&client, &format!("{range}&min_position={released}")).await;
    assert_eq!(free["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_names_no_agent_gets_one_as_long_as_there_is_one() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    let booking = |lead: &str| json!({"lead_id": lead, "appointment_type": VISIT, "start": text(at(3, 600))});
    let mut agents = Vec::new();
    for lead in ["55", "56"] {
        let booked = client.post("/v1/appointments").body(&booking(lead)).ok().await;
        agents.push(booked["agent_id"].as_str().unwrap().to_owned());
    }
    agents.sort_unstable();
    assert_eq!(agents, ["7", "8"]);
    let refused = client.post("/v1/appointments").body(&booking("57")).answer().await;
    let refused = refused.refused(409, "slot_unavailable");
    assert_eq!(refused["alternatives"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn why_a_start_is_not_free_is_explained() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let appointment = book(&client, "7", "55", at(3, 600)).await;
    let position = crate::support::head(&client).await;
    let query = format!("explain=true&start={}&min_position={position}", text(at(3, 600)));
    let explained = slots(&client, &query).await;
    let finding = &explained["explanations"][0]["findings"][0];
    assert_eq!(finding["reason"], "already_booked");
    assert_eq!(finding["cause"]["appointment_id"], appointment);

    let day = format!("explain=true&from={}&to={}&limit=1", text(at(3, 0)), text(at(4, 0)));
    let summary = slots(&client, &day).await["summaries"][0].clone();
    assert_eq!((&summary["starts"], &summary["free"]), (&json!(48), &json!(47)));
}

#[tokio::test]
async fn an_open_house_is_shared_until_it_is_full() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let mut rules = always("10:00", "11:00");
    for rule in rules["rules"].as_array_mut().unwrap() {
        rule["max_appointments_per_slot"] = json!(2);
    }
    client.put("/v1/agents/7/weekly-hours").body(&rules).ok().await;
    let booking = |lead: &str, property: &str| {
        json!({
            "agent_id": "7", "lead_id": lead, "appointment_type": VISIT, "start": text(at(3, 600)),
            "property_id": property,
        })
    };
    client.post("/v1/appointments").body(&booking("55", "P-1")).ok().await;
    let elsewhere = client.post("/v1/appointments").body(&booking("56", "P-2")).answer().await;
    assert_eq!(elsewhere.refused(409, "slot_unavailable")["reason"], "already_booked");
    client.post("/v1/appointments").body(&booking("56", "P-1")).ok().await;
    let full = client.post("/v1/appointments").body(&booking("57", "P-1")).answer().await;
    assert_eq!(full.refused(409, "slot_unavailable")["reason"], "slot_full");
}
