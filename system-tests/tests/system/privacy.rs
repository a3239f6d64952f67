use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use system_tests::{Citas, Client};

use crate::support::{Given, VISIT, at, booking, set_up, text};

/// What nobody else has in a log by chance.
const PERSONAL: &[&str] = &[
    "Zoraida",
    "zoraida@example.org",
    "+56977712345",
    "Pasaje Escondido 77",
    "diabetes",
    "zoraida",
    "56977712345",
    "54321777965",
    "peluquería",
    "acepto todo",
];

#[tokio::test]
async fn what_is_on_disk_is_for_its_owner_alone() {
    let given = Given::agency(&["7"]).await;
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(given.citas.data().to_owned()), 0o700);
    let mut names: Vec<_> =
        fs::read_dir(given.citas.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    for name in &names {
        assert_eq!(mode(given.citas.data().join(name)), 0o600, "{name:?}");
    }
    for name in ["admin.token", "events.db", "slot-ref.key"] {
        assert!(names.iter().any(|known| known == name), "{name} is not among {names:?}");
    }
}

#[tokio::test]
async fn neither_logs_nor_metrics_tell_who_someone_is() {
    tell_nothing(Given::agency(&["7"]).await).await;
}

#[tokio::test]
async fn not_even_logs_of_everything_tell_who_someone_is() {
    let given = Given::launched(|launch| launch.variable("RUST_LOG", "trace")).await;
    set_up(&given.client, &["7"]).await;
    tell_nothing(given).await;
}

async fn tell_nothing(given: Given) {
    let mut body = booking("7", "55", at(3, 0));
    body["lead_contact"] =
        json!({"name": PERSONAL[0], "email": PERSONAL[1], "phone": PERSONAL[2], "locale": "es-CL"});
    body["location"] = json!(PERSONAL[3]);
    body["notes"] = json!(PERSONAL[4]);
    let client = &given.client;
    let booked = client.post("/v1/appointments").body(&body).key("k").ok().await;
    let id = booked["appointment_id"].as_str().unwrap();
    // Refusals are where a careless program repeats what it was sent.
    client.post("/v1/appointments").body(&body).answer().await.refused(409, "lead_has_appointment");
    let mut of_another = body.clone();
    of_another["lead_id"] = json!("56");
    client.post("/v1/appointments").body(&of_another).answer().await.refused(409, "slot_unavailable");
    client.post("/v1/appointments").body(&body).key("k").ok().await;
    body["lead_contact"]["nickname"] = json!(PERSONAL[0]);
    client.post("/v1/appointments").body(&body).answer().await.refused(400, "malformed_request");
    let moved = json!({"start": text(at(3, 60))});
    client.post(&format!("/v1/appointments/{id}/reschedule")).body(&moved).ok().await;
    client.post(&format!("/v1/appointments/{id}/cancel")).body(&json!({"reason": PERSONAL[4]})).ok().await;
    let query = format!("/v1/slots?appointment_type={VISIT}&nickname={}", PERSONAL[0]);
    client.get(&query).answer().await.refused(400, "malformed_request");
    tell_of_a_lead(client).await;
    let metrics = client.get("/metrics").answer().await.success().text;

    let exit = given.citas.stop().await;
    for personal in PERSONAL {
        assert!(!exit.logs.contains(personal), "{personal} is in the logs:\n{}", exit.logs);
        assert!(!metrics.contains(personal), "{personal} is in the metrics");
    }
    assert!(!exit.logs.contains(given.client.token()), "the token is in the logs");
}

/// What a lead says of itself is stored and shown, and in no answer of a command.
async fn tell_of_a_lead(client: &Client) {
    let contact = json!({"name": PERSONAL[0], "email": PERSONAL[1], "phone": PERSONAL[2]});
    let mut answers = vec![client.put("/v1/leads/77").body(&contact).key("l").answer().await.success()];
    answers.push(client.put("/v1/leads/77").body(&contact).key("l").answer().await.success());
    let change = json!({"name": format!("{} Núñez", PERSONAL[0]), "locale": "es-CL"});
    answers.push(client.request("PATCH", "/v1/leads/77").body(&change).answer().await.success());
    let consent = json!({"channel": "sms", "given": true, "source": PERSONAL[8], "wording": PERSONAL[9]});
    let reminders = "/v1/leads/77/consents/reminders";
    answers.push(client.put(reminders).body(&consent).answer().await.success());
    answers.push(client.put(reminders).body(&consent).if_match(1).answer().await);
    let no_phone = json!({"phone": "56977712345"});
    answers.push(client.put("/v1/leads/77").body(&no_phone).answer().await);
    let mut nicknamed = contact.clone();
    nicknamed["nickname"] = json!(PERSONAL[0]);
    answers.push(client.put("/v1/leads/77").body(&nicknamed).answer().await);
    for answer in &answers {
        let told = PERSONAL.iter().find(|personal| answer.text.contains(*personal));
        assert!(told.is_none(), "{told:?} is in {answer:?}");
    }
    let position = answers[3].json()["position"].clone();
    let shown = client.get(&format!("/v1/leads/77?min_position={position}")).ok().await;
    assert_eq!(
        (&shown["email"], &shown["consents"][0]["source"]),
        (&json!(PERSONAL[1]), &json!(PERSONAL[8]))
    );
    for q in ["zoraida", "56977712345", "zoraida%40example.org"] {
        let found = client.get(&format!("/v1/leads?q={q}")).ok().await;
        let ids: Vec<_> = found["items"].as_array().unwrap().iter().map(|lead| &lead["lead_id"]).collect();
        assert_eq!(ids, ["55", "77"], "{q}: what a booking told is found too");
        client.get(&format!("/v1/leads?q={q}&nickname={q}")).answer().await.refused(400, "malformed_request");
    }
}

#[tokio::test]
async fn logs_are_one_json_object_a_line() {
    let given = Given::fresh().await.restarted(Citas::kill).await;
    let exit = given.citas.stop().await;
    assert!(!exit.logs.is_empty());
    for line in exit.logs.lines() {
        let entry: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(entry["level"].is_string() && entry["message"].is_string(), "{line}");
    }
}
