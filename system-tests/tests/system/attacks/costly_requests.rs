//! Questions that would keep a processor busy for seconds.

use serde_json::json;

use crate::support::{Given, always, at, text};

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
