//! Whatever a command creates is found where its answer says.

use http_edge::Address;
use serde_json::{Value, json};

use crate::addresses::{addresses, filled};
use crate::support::{CALL, Given, VISIT, at, booking, text};

/// What each creating command is sent, by its address.
fn body_of(path: &str) -> Value {
    match path {
        "/v1/appointments" => booking("7", "55", at(3, 0)),
        "/v1/holds" => json!({
            "agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": text(at(3, 60)),
        }),
        "/v1/agents/{agent_id}/availability-rules" => json!({
            "day_of_week": 0, "start_time": "00:00", "end_time": "24:00", "appointment_type": CALL,
        }),
        "/v1/agents/{agent_id}/blocks" | "/v1/office/blocks" => {
            json!({"start": text(at(5, 0)), "end": text(at(5, 30)), "reason": "Feria"})
        }
        "/v1/agents/{agent_id}/appointments/move" => {
            json!({"from": text(at(3, 0)), "to": text(at(4, 0)), "reason": "Licencia"})
        }
        other => panic!("say what is sent to {other}, which creates something"),
    }
}

#[tokio::test]
async fn what_a_command_has_created_is_found_at_its_location() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let is_creating = |address: &Address| address.operation.is_some_and(|operation| operation.creates);
    let created: Vec<Address> = addresses().into_iter().filter(is_creating).collect();
    assert!(created.len() >= 5, "{created:?}");
    for Address { path, .. } in created {
        let answer = client.post(&filled(path)).body(&body_of(path)).answer().await.success();
        assert_eq!(answer.status.as_u16(), 201, "{answer:?}");
        let (location, made) = (answer.header("location"), answer.json());
        let found = client.get(&format!("{location}?min_position={}", made["position"])).ok().await;
        // The created thing, or what it is a part of.
        for id in ["appointment_id", "hold_id", "block_id", "move_id"] {
            if let Some(id) = made[id].as_str() {
                assert!(found.to_string().contains(id), "{id} at {location}: {found}");
            }
        }
        for id in made["rule_ids"].as_array().into_iter().flatten() {
            assert!(found.to_string().contains(id.as_str().unwrap()), "{id} at {location}: {found}");
        }
    }
}
