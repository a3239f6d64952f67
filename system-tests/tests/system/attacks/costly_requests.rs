//! Questions that would keep a processor busy for seconds.

use serde_json::json;

use crate::support::{Given, always, at, text};

#[tokio::test]
async fn commands_to_agents_that_nobody_registered_start_nothing() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let live = async || {
        let metrics = client.get("/metrics").answer().await.text;
        metrics.lines().find(|line| line.starts_with("live_agents ")).map(str::to_owned)
    };
    let before = live().await;
    assert!(before.is_some());
    for number in 0..50 {
        let made_up = format!("/v1/agents/made-up-{number}");
        let deactivated = client.post(&format!("{made_up}/deactivate")).body(&json!({})).answer().await;
        deactivated.refused(404, "unknown_agent");
        let hours =
            client.put(&format!("{made_up}/weekly-hours")).body(&always("09:00", "18:00")).answer().await;
        hours.refused(404, "unknown_agent");
    }
    assert_eq!(live().await, before);
}

#[tokio::test]
async fn an_explanation_of_too_many_starts_is_refused_with_what_to_narrow() {
    let agents = ["1", "2", "3", "4", "5", "6"];
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&agents).await;
    let every_minute = json!({
        "name": {"en": "Every minute"}, "duration_minutes": 5, "slot_step_minutes": 1, "horizon_days": 60,
        "location_kind": "phone",
    });
    client.put("/v1/office/appointment-types/minutely").body(&every_minute).ok().await;
    let mut position = json!(null);
    for agent in agents {
        let hours = always("00:00", "24:00");
        position =
            client.put(&format!("/v1/agents/{agent}/weekly-hours")).body(&hours).ok().await["position"]
                .clone();
    }
    let (from, to) = (text(at(2, 0)), text(at(16, 0)));
    let range = format!("appointment_type=minutely&explain=true&from={from}&to={to}&min_position={position}");
    let refused = client.get(&format!("/v1/slots?{range}")).answer().await.refused(400, "malformed_request");
    assert_eq!(refused["field"], "to");
    assert!(
        refused["detail"].as_str().unwrap().contains("shorten the range, or name fewer agents"),
        "{refused}"
    );
    let one = client.get(&format!("/v1/slots?{range}&agent_id=1")).ok().await;
    assert_eq!(one["summaries"][0]["starts"], 14 * 24 * 60);
}
