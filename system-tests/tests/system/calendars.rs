//! Calendars and counters of many agents at once, and answers that are known already.

use serde_json::json;
use system_tests::Client;

use crate::support::{Given, at, book, booking, day, head, instant, text};

async fn ids(client: &Client, path: &str) -> Vec<String> {
    let body = client.get(path).ok().await;
    body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_week_of_many_agents_comes_in_one_answer_and_is_counted_in_another() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8", "9"]).await;
    for (agent, minutes) in [("7", 600), ("7", 660), ("8", 600)] {
        book(&client, agent, "55", at(3, minutes)).await;
    }
    let later = book(&client, "8", "56", at(4, 600)).await;
    client.post(&format!("/v1/appointments/{later}/confirm")).body(&json!({})).ok().await;
    client.post("/v1/holds").body(&booking("9", "57", at(3, 600))).ok().await;
    let block = json!({"start": text(at(3, 720)), "end": text(at(3, 780)), "reason": "Dentist"});
    client.post("/v1/agents/9/blocks").body(&block).ok().await;
    let range = format!("from={}&to={}&min_position={}", text(at(3, 0)), text(at(4, 0)), head(&client).await);

    let shown = client.get(&format!("/v1/calendar?{range}")).ok().await;
    let items = shown["items"].as_array().unwrap();
    let agents: Vec<_> = items.iter().map(|item| item["agent_id"].as_str().unwrap()).collect();
    assert_eq!(agents, ["7", "8", "9"]);
    let counted =
        |layer: &str| items.iter().map(|item| item[layer].as_array().unwrap().len()).collect::<Vec<_>>();
    assert_eq!(counted("appointments"), [2, 1, 0]);
    assert_eq!(counted("holds"), [0, 0, 1]);
    assert_eq!(counted("blocks"), [0, 0, 1]);
    assert_eq!((counted("hours"), counted("free")), (vec![1; 3], vec![3, 2, 3]));
    assert_eq!(instant(&items[2]["blocks"][0]["start"]), at(3, 720));
    let listed = client.get(&format!("/v1/appointments?{range}&agent_id=7")).ok().await;
    assert_eq!(items[0]["appointments"], listed["items"], "a row is the same in a calendar and in a list");

    let weeks = format!("from={}&to={}&zone=UTC", text(at(0, 0)), text(at(14, 0)));
    let summary = client.get(&format!("/v1/summary?{weeks}&by=status,agent")).ok().await;
    let expected = json!([
        {"status": "scheduled", "agent_id": "7", "count": 2},
        {"status": "scheduled", "agent_id": "8", "count": 1},
        {"status": "confirmed", "agent_id": "8", "count": 1},
    ]);
    assert_eq!((&summary["items"], &summary["total"]), (&expected, &json!(4)));
    let by_day = client.get(&format!("/v1/summary?{weeks}&by=day&agent_id=8&agent_id=9")).ok().await;
    let days = json!([
        {"day": day(3).to_string(), "count": 1},
        {"day": day(4).to_string(), "count": 1},
    ]);
    assert_eq!(by_day["items"], days);
}

#[tokio::test]
async fn from_and_to_mean_what_overlaps_them() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 600)).await;
    let position = head(&client).await;
    for (from, to, is_in) in [
        (570, 600, false),
        (570, 601, true),
        (610, 620, true),
        (629, 700, true),
        (630, 700, false),
        (610, 610, false),
    ] {
        let range = format!("from={}&to={}&min_position={position}", text(at(3, from)), text(at(3, to)));
        let expected = if is_in { vec![id.clone()] } else { Vec::new() };
        assert_eq!(ids(&client, &format!("/v1/appointments?{range}")).await, expected, "{from} {to}");
        let summary = client.get(&format!("/v1/summary?{range}")).ok().await;
        assert_eq!(summary["total"], u64::from(is_in), "{from} {to}");
        for path in [format!("/v1/calendar?{range}"), format!("/v1/agents/7/calendar?{range}")] {
            let body = client.get(&path).ok().await;
            let calendar = if path.starts_with("/v1/calendar") { &body["items"][0] } else { &body };
            assert_eq!(calendar["appointments"].as_array().unwrap().len(), usize::from(is_in), "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_known_and_still_the_same_is_not_sent_again() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7"]).await;
    let id = book(&client, "7", "55", at(3, 600)).await;
    let range = format!("from={}&to={}&min_position={}", text(at(3, 0)), text(at(4, 0)), head(&client).await);
    let mut known = Vec::new();
    for path in [
        format!("/v1/appointments/{id}"),
        "/v1/appointments".to_owned(),
        format!("/v1/calendar?{range}"),
        format!("/v1/summary?from={}&to={}", text(at(3, 600)), text(at(3, 630))),
        format!("/v1/agents/7/calendar?{range}"),
    ] {
        let tag = client.get(&path).answer().await.success().header("etag").to_owned();
        for request in [client.get(&path), client.head(&path)] {
            let again = request.header("if-none-match", &tag).answer().await;
            assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{path}");
            assert_eq!(again.header("etag"), tag, "{path}");
            assert!(again.headers.contains_key("x-position"), "{path}");
        }
        known.push((path, tag));
    }
    let moved = json!({"start": text(at(3, 660))});
    client.post(&format!("/v1/appointments/{id}/reschedule")).body(&moved).ok().await;
    client.get(&format!("/v1/office?min_position={}", head(&client).await)).ok().await;
    for (path, tag) in known {
        let changed = client.get(&path).header("if-none-match", &tag).answer().await.success();
        assert_eq!(changed.status, 200, "{path}");
        assert_ne!(changed.header("etag"), tag, "{path}");
    }
}
