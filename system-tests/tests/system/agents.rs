use serde_json::{Value, json};

use crate::support::{Given, VISIT, always, at, book, booking, day, text};

#[tokio::test]
async fn an_agent_is_registered_shown_changed_and_deactivated() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let profile = json!({"name": "Ana", "time_zone": "America/Punta_Arenas", "email": "ana@example.org"});
    let registered = client.put("/v1/agents/7").body(&profile).ok().await;
    assert_eq!((&registered["agent_id"], &registered["active"]), (&json!("7"), &json!(true)));
    client
        .put("/v1/agents/7")
        .body(&profile)
        .header("if-none-match", "*")
        .answer()
        .await
        .refused(412, "stale_version");
    let changed = client.put("/v1/agents/7").body(&json!({"name": "Ana", "time_zone": "UTC"})).ok().await;
    let shown = client.get(&format!("/v1/agents/7?min_position={}", changed["position"])).ok().await;
    assert_eq!((&shown["time_zone"], &shown["email"]), (&json!("UTC"), &Value::Null));
    assert_eq!(shown["version"], changed["version"]);

    client.put("/v1/agents/7/weekly-hours").body(&always("00:00", "24:00")).ok().await;
    client.put("/v1/office/appointment-types/visit").body(&crate::support::type_of(30)).ok().await;
    let appointment = book(&client, "7", "55", at(3, 0)).await;
    let kept = client.post("/v1/agents/7/deactivate").body(&json!({})).answer().await;
    let upcoming = kept.refused(409, "agent_has_upcoming_appointments");
    assert_eq!(upcoming["appointments"][0]["appointment_id"], appointment);
    let deactivated =
        client.post("/v1/agents/7/deactivate").body(&json!({"keep_appointments": true})).ok().await;
    assert_eq!(deactivated["active"], false);
    client
        .post("/v1/appointments")
        .body(&booking("7", "56", at(3, 60)))
        .answer()
        .await
        .refused(409, "agent_inactive");
    let listed = client.get(&format!("/v1/agents?min_position={}", deactivated["position"])).ok().await;
    assert_eq!(
        (&listed["items"][0]["agent_id"], &listed["items"][0]["active"]),
        (&json!("7"), &json!(false))
    );
    client.get("/v1/agents/8").answer().await.refused(404, "unknown_agent");
}

#[tokio::test]
async fn hours_rules_and_exceptions_of_an_agent_come_and_go() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let agent_after = async |change: Value| {
        client.get(&format!("/v1/agents/7?min_position={}", change["position"])).ok().await
    };
    let rule = json!({
        "day_of_week": 6, "start_time": "10:00", "end_time": "12:00", "appointment_type": VISIT,
        "valid_from": day(1), "valid_until": day(300), "is_recurring": true, "max_appointments_per_slot": 3,
    });
    let answer = client.post("/v1/agents/7/availability-rules").body(&rule).answer().await.success();
    assert_eq!((answer.status.as_u16(), answer.header("location")), (201, "/v1/agents/7"));
    let added = answer.json();
    let rule_id = added["rule_ids"][0].as_str().unwrap().to_owned();
    assert_eq!(agent_after(added).await["rules"].as_array().unwrap().len(), 8);
    let path = format!("/v1/agents/7/availability-rules/{rule_id}");
    let removed = client.delete(&path).ok().await;
    assert!(!agent_after(removed).await["rules"].to_string().contains(&rule_id));
    client.delete(&path).answer().await.refused(404, "rule_not_found");

    let path = format!("/v1/agents/7/exceptions/{}", day(3));
    let closed = client.put(&path).body(&json!({"intervals": []})).ok().await;
    assert_eq!(closed["date"], day(3).to_string());
    assert_eq!(agent_after(closed).await["exceptions"][0]["intervals"], json!([]));
    let refused = client.post("/v1/appointments").body(&booking("7", "55", at(3, 0))).answer().await;
    assert_eq!(refused.refused(409, "slot_unavailable")["reason"], "outside_hours");
    let opened = client.delete(&path).ok().await;
    assert_eq!(agent_after(opened).await["exceptions"], json!([]));
    client.delete(&path).answer().await.refused(404, "exception_not_found");
    book(&client, "7", "55", at(3, 0)).await;
}

#[tokio::test]
async fn a_block_does_not_hide_appointments_unless_it_is_told_to() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let appointment = book(&client, "7", "55", at(3, 600)).await;
    let mut block = json!({"start": text(at(3, 540)), "end": text(at(3, 720)), "reason": "Dentist"});
    let refused = client.post("/v1/agents/7/blocks").body(&block).answer().await;
    let overlapped = refused.refused(409, "block_overlaps_appointments");
    assert_eq!(overlapped["appointments"][0]["appointment_id"], appointment);
    block["on_overlap"] = json!("keep");
    let blocked = client.post("/v1/agents/7/blocks").body(&block).ok().await;

    let range = format!("from={}&to={}", text(at(3, 0)), text(at(4, 0)));
    let calendar = format!("/v1/agents/7/calendar?{range}&min_position={}", blocked["position"]);
    let calendar = client.get(&calendar).ok().await;
    assert_eq!(calendar["blocks"][0]["block_id"], blocked["block_id"]);
    assert_eq!(calendar["appointments"][0]["id"], appointment);
    assert_eq!(calendar["conflicts"].as_array().unwrap().len(), 1);
    let time = client.get(&format!("/v1/agents/7/availability?{range}")).ok().await;
    assert_eq!(time["busy"], json!([{"start": text(at(3, 540)), "end": text(at(3, 720))}]));
    assert_eq!(time["free"].as_array().unwrap().len(), 2);

    let path = format!("/v1/agents/7/blocks/{}", blocked["block_id"].as_str().unwrap());
    let lifted = client.delete(&path).ok().await;
    let calendar = format!("/v1/agents/7/calendar?{range}&min_position={}", lifted["position"]);
    assert_eq!(client.get(&calendar).ok().await["blocks"], json!([]));
    client.delete(&path).answer().await.refused(404, "block_not_found");
}
