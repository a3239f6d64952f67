//! A hold from its beginning to each of its ends.

use serde_json::{Value, json};

use crate::support::{Given, VISIT, at, text};

fn held(minutes: i64) -> Value {
    json!({"agent_id": "7", "lead_id": "55", "appointment_type": VISIT, "start": text(at(3, minutes))})
}

#[tokio::test]
async fn a_hold_is_found_with_all_that_it_keeps_until_it_ends() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let mut holds = Vec::new();
    for minutes in [0, 60] {
        let held = client.post("/v1/holds").body(&held(minutes)).ok().await;
        let path = format!("/v1/holds/{}", held["hold_id"].as_str().unwrap());
        let found = client.get(&format!("{path}?min_position={}", held["position"])).ok().await;
        for member in ["hold_id", "agent_id", "start", "end", "expires_at"] {
            assert_eq!(found[member], held[member], "{member}");
        }
        assert_eq!(
            (&found["lead_id"], &found["appointment_type"], &found["property_id"]),
            (&json!("55"), &json!(VISIT), &Value::Null)
        );
        holds.push((path, held["hold_id"].clone()));
    }
    let [(booked, hold_id), (released, _)] = &holds[..] else { unreachable!("two were made") };
    let taken =
        client.post("/v1/appointments").body(&json!({"lead_id": "55", "hold_id": hold_id})).ok().await;
    let let_go = client.delete(released).ok().await;
    for (path, position) in [(booked, &taken["position"]), (released, &let_go["position"])] {
        let gone = client.get(&format!("{path}?min_position={position}")).answer().await;
        gone.refused(404, "hold_not_found");
    }
}

/// Both by the same words, so that nobody learns of the holds of others.
#[tokio::test]
async fn a_hold_of_another_lead_is_as_one_that_there_never_was() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let held = client.post("/v1/holds").body(&held(0)).ok().await;
    let by = |hold_id: &Value| json!({"lead_id": "56", "hold_id": hold_id});
    let of_another = client.post("/v1/appointments").body(&by(&held["hold_id"])).answer().await;
    let of_another = of_another.refused(404, "hold_not_found");
    let never = json!(crate::addresses::MISSING);
    let never_made = client.post("/v1/appointments").body(&by(&never)).answer().await;
    let never_made = never_made.refused(404, "hold_not_found");
    let said =
        |problem: &Value, id: &Value| problem["detail"].as_str().unwrap().replace(id.as_str().unwrap(), "…");
    assert_eq!(said(&of_another, &held["hold_id"]), said(&never_made, &never));
}

/// A change of the type leaves what is held already as it is.
#[tokio::test]
async fn a_held_slot_is_booked_as_it_was_held_whatever_the_type_has_become() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let held = client.post("/v1/holds").body(&held(0)).ok().await;
    let changed = json!({
        "name": {"en": "Test"}, "duration_minutes": 45, "horizon_days": 1, "min_notice_minutes": 20_000,
        "daily_limit": 1, "location_kind": "phone",
    });
    client.put(&format!("/v1/office/appointment-types/{VISIT}")).body(&changed).ok().await;
    client.delete(&format!("/v1/office/appointment-types/{VISIT}")).ok().await;
    let booked = json!({"lead_id": "55", "hold_id": held["hold_id"]});
    let booked = client.post("/v1/appointments").body(&booked).ok().await;
    for member in ["start", "end", "agent_id"] {
        assert_eq!(booked[member], held[member], "{member}");
    }
}
