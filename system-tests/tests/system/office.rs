use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;

use crate::support::{Given, always, at, text, type_of};

#[tokio::test]
async fn a_fresh_office_is_in_chile_and_knows_the_types_of_the_crm() {
    let given = Given::fresh().await;
    let answer = given.client.get("/v1/office").answer().await.success();
    let office = answer.json();
    assert_eq!((&office["time_zone"], &office["locale"]), (&json!("America/Santiago"), &json!("es-CL")));
    let types = office["appointment_types"].as_array().unwrap();
    let codes: Vec<_> = types.iter().map(|known| known["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["llamada", "reunion_virtual", "visita_propiedad"]);
    assert_eq!(answer.tagged_version(), office["version"]);
}

#[tokio::test]
async fn the_office_is_changed_in_part_and_the_rest_stays() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let changed = client.put("/v1/office").body(&json!({"name": "Casas", "travel_minutes": 20})).ok().await;
    assert_eq!(changed["time_zone"], "America/Santiago");
    let office = client.get(&format!("/v1/office?min_position={}", changed["position"])).ok().await;
    assert_eq!((&office["name"], &office["travel_minutes"]), (&json!("Casas"), &json!(20)));
    assert_eq!((&office["locale"], &office["version"]), (&json!("es-CL"), &changed["version"]));
}

#[tokio::test]
async fn types_hours_and_blocks_of_the_office_come_and_go() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let office_after = async |change: serde_json::Value| {
        client.get(&format!("/v1/office?min_position={}", change["position"])).ok().await
    };
    let defined = client.put("/v1/office/appointment-types/tour").body(&type_of(40)).ok().await;
    assert_eq!(defined["code"], "tour");
    let office = office_after(defined).await;
    let tour = office["appointment_types"].as_array().unwrap().iter().find(|known| known["code"] == "tour");
    assert_eq!(tour.unwrap()["slot_step_minutes"], 40);

    let retired = client.delete("/v1/office/appointment-types/tour").ok().await;
    assert!(!office_after(retired).await["appointment_types"].to_string().contains("tour"));
    client
        .delete("/v1/office/appointment-types/tour")
        .answer()
        .await
        .refused(404, "unknown_appointment_type");

    let hours = client.put("/v1/office/weekly-hours").body(&always("09:00", "18:00")).ok().await;
    assert_eq!(hours["rule_ids"].as_array().unwrap().len(), 7);
    assert_eq!(office_after(hours).await["rules"].as_array().unwrap().len(), 7);
    let closed = client.put("/v1/office/weekly-hours").body(&json!({"rules": []})).ok().await;
    assert_eq!(office_after(closed).await["rules"], json!([]));

    let block = json!({
        "start": {"local": "2026-12-25T00:00", "zone": "America/Santiago"},
        "end": {"local": "2026-12-26T00:00", "zone": "America/Santiago"},
        "reason": "Navidad", "recurrence": "FREQ=YEARLY",
    });
    let answer = client.post("/v1/office/blocks").body(&block).answer().await.success();
    let blocked = answer.json();
    let at = format!("/v1/office/blocks/{}", blocked["block_id"].as_str().unwrap());
    assert_eq!((answer.status.as_u16(), answer.header("location")), (201, at.as_str()));
    let office = office_after(blocked.clone()).await;
    assert_eq!(office["blocks"][0]["block_id"], blocked["block_id"]);
    assert_eq!(office["blocks"][0]["start"], "2026-12-25T03:00:00Z");
    let path = format!("/v1/office/blocks/{}", blocked["block_id"].as_str().unwrap());
    let lifted = client.delete(&path).ok().await;
    assert_eq!(office_after(lifted).await["blocks"], json!([]));
    client.delete(&path).answer().await.refused(404, "block_not_found");
}

#[tokio::test]
async fn what_the_office_decides_holds_for_an_agent_at_once() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let start = at(4, 600);
    let block = json!({"start": text(start), "end": text(at(4, 660)), "reason": "Retreat"});
    let block = client.post("/v1/office/blocks").body(&block).ok().await;
    let booking = crate::support::booking("7", "55", start);
    let refused = client.post("/v1/appointments").body(&booking).answer().await;
    assert_eq!(refused.refused(409, "slot_unavailable")["reason"], "blocked");
    let path = format!("/v1/office/blocks/{}", block["block_id"].as_str().unwrap());
    client.delete(&path).ok().await;
    client.post("/v1/appointments").body(&booking).ok().await;
}

#[tokio::test]
async fn changes_of_the_policy_that_are_asked_for_at_once_are_all_carried_out() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let change = async |number: u16| {
        let change = json!({"travel_minutes": number});
        client.request("PATCH", "/v1/office").body(&change).ok().await["version"].as_u64().unwrap()
    };
    let versions: BTreeSet<u64> = join_all((1..=48).map(change)).await.into_iter().collect();
    assert_eq!(versions.len(), 48, "each is a change of its own");
}
