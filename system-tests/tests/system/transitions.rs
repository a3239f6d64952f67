use serde_json::{Value, json};
use system_tests::Client;

use crate::support::{Given, at, book, text};

/// From where, what is asked, and what it comes to: the status, or the code of the refusal. An outcome can be recorded
/// from the start on, which no test waits for.
const TABLE: &[(&str, &str, Result<&str, &str>)] = &[
    ("scheduled", "confirm", Ok("confirmed")),
    ("scheduled", "reschedule", Ok("scheduled")),
    ("scheduled", "reassign", Ok("scheduled")),
    ("scheduled", "cancel", Ok("cancelled")),
    ("scheduled", "reinstate", Ok("scheduled")),
    ("scheduled", "complete", Err("not_started")),
    ("scheduled", "no-show", Err("not_started")),
    ("scheduled", "outcome", Err("not_started")),
    ("confirmed", "confirm", Ok("confirmed")),
    ("confirmed", "reschedule", Ok("scheduled")),
    ("confirmed", "cancel", Ok("cancelled")),
    ("confirmed", "reinstate", Ok("confirmed")),
    ("confirmed", "complete", Err("not_started")),
    ("confirmed", "no-show", Err("not_started")),
    ("cancelled", "confirm", Err("invalid_transition")),
    ("cancelled", "reschedule", Err("invalid_transition")),
    ("cancelled", "reassign", Err("invalid_transition")),
    ("cancelled", "cancel", Ok("cancelled")),
    ("cancelled", "complete", Err("invalid_transition")),
    ("cancelled", "no-show", Err("invalid_transition")),
    ("cancelled", "outcome", Err("invalid_transition")),
    ("cancelled", "reinstate", Ok("scheduled")),
];

#[tokio::test]
async fn an_appointment_goes_where_its_status_allows_and_nowhere_else() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8"]).await;
    for (number, (from, verb, expected)) in (0..).zip(TABLE) {
        let id = book(&client, "7", "55", at(3, number * 30)).await;
        match *from {
            "confirmed" => send(&client, &id, "confirm", &json!({})).ok().await,
            "cancelled" => send(&client, &id, "cancel", &json!({})).ok().await,
            _ => Value::Null,
        };
        let body = match *verb {
            "reschedule" => json!({"start": text(at(5, number * 30))}),
            "reassign" => json!({"agent_id": "8"}),
            "outcome" => json!({"outcome": "completed"}),
            _ => json!({}),
        };
        let answer = send(&client, &id, verb, &body).answer().await;
        match expected {
            // What is said of the appointment as it was with the agent who gave it up is of no interest.
            Ok(_) if *verb == "reassign" => assert_eq!(answer.success().json()["agent_id"], "8"),
            Ok(status) => assert_eq!(answer.success().json()["status"], *status, "{from} {verb}"),
            Err(code) => drop(answer.refused(409, code)),
        }
        let position = crate::support::head(&client).await;
        let shown = client.get(&format!("/v1/appointments/{id}?min_position={position}")).ok().await;
        assert_eq!(shown["status"], expected.unwrap_or(from), "{from} {verb}");
    }
}

fn send(client: &Client, id: &str, verb: &str, body: &Value) -> system_tests::Request {
    let method = if verb == "outcome" { "PUT" } else { "POST" };
    client.request(method, &format!("/v1/appointments/{id}/{verb}")).body(body)
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let missing = "01890000-0000-7000-8000-000000000000";
    for verb in ["confirm", "cancel", "reinstate", "complete", "no-show"] {
        let path = format!("/v1/appointments/{missing}/{verb}");
        client.post(&path).answer().await.refused(404, "appointment_not_found");
    }
    for (path, body) in [
        ("/v1/agents/none/weekly-hours", json!({"rules": []})),
        ("/v1/agents/none/exceptions/2026-12-24", json!({"intervals": []})),
    ] {
        client.put(path).body(&body).answer().await.refused(404, "unknown_agent");
    }
    let booking = crate::support::booking("none", "55", at(3, 0));
    client.post("/v1/appointments").body(&booking).answer().await.refused(404, "unknown_agent");
    let mut booking = crate::support::booking("7", "55", at(3, 0));
    booking["appointment_type"] = json!("none");
    client.post("/v1/appointments").body(&booking).answer().await.refused(404, "unknown_appointment_type");
    client.get("/v1/slots?appointment_type=none").answer().await.refused(404, "unknown_appointment_type");
    client.get("/v1/leads/none/context").ok().await;
}
