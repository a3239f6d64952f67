//! Questions that would keep a processor busy for seconds.

use serde_json::json;

use crate::support::{Given, VISIT, always, at, set_up, text};

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

/// An agency whose agents never work is searched for a year: nothing is found, page after page, and each costs little.
#[tokio::test]
async fn a_long_search_is_answered_in_parts() {
    let agents = ["1", "2", "3", "4", "5", "6"];
    let budget = |launch: system_tests::Launch| launch.variable("CITAS_QUERY_BUDGET", "20000");
    let Given { client, citas: _citas, folder: _folder } = Given::launched(budget).await;
    set_up(&client, &agents).await;
    let year = json!({"start": text(at(1, 0)), "end": text(at(365, 0)), "reason": "Closed"});
    let position = client.post("/v1/office/blocks").body(&year).ok().await["position"].clone();
    let search = format!(
        "/v1/slots?appointment_type={VISIT}&from={}&to={}&min_position={position}&limit=5",
        text(at(1, 0)),
        text(at(366, 0))
    );
    let (mut found, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = client.get(&format!("{search}{cursor}")).ok().await;
        found.extend(page["items"].as_array().unwrap().clone());
        pages += 1;
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    // Each agent has the 48 half hours of the day on which the office is open again.
    assert_eq!(found.len(), 6 * 48);
    assert!(found.iter().all(|slot| slot["start"].as_str().unwrap() >= &text(at(365, 0))[..]));
    assert!(pages > 6 * 48 / 5 + 5, "{pages}: some are empty");
}

#[tokio::test]
async fn a_calendar_of_too_much_is_refused_with_what_to_narrow() {
    let budget = |launch: system_tests::Launch| launch.variable("CITAS_QUERY_BUDGET", "5000");
    let Given { client, citas: _citas, folder: _folder } = Given::launched(budget).await;
    set_up(&client, &["7"]).await;
    let mut position = json!(null);
    for minute in 0..10 {
        let block = json!({
            "start": text(at(1, minute)), "end": text(at(1, minute + 1)), "reason": "", "recurrence": "FREQ=DAILY",
        });
        position = client.post("/v1/agents/7/blocks").body(&block).ok().await["position"].clone();
    }
    let range =
        |days: u64| format!("from={}&to={}&min_position={position}", text(at(1, 0)), text(at(1 + days, 0)));
    let refused = client.get(&format!("/v1/agents/7/calendar?{}", range(365))).answer().await;
    let refused = refused.refused(400, "malformed_request");
    assert_eq!(refused["field"], "to");
    assert!(refused["detail"].as_str().unwrap().contains("shorten the range"), "{refused}");
    let month = client.get(&format!("/v1/agents/7/calendar?{}", range(30))).ok().await;
    assert_eq!(month["blocks"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_block_does_not_recur_before_it_has_ended() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let block = json!({
        "start": text(at(1, 0)), "end": text(at(366, 0)), "reason": "", "recurrence": "FREQ=DAILY",
    });
    for owner in ["/v1/agents/7/blocks", "/v1/office/blocks"] {
        let refused = client.post(owner).body(&block).answer().await.refused(400, "malformed_request");
        assert_eq!(refused["field"], "recurrence");
    }
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
