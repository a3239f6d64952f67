//! A change of an agent's hours, from its dry run to the last visit that it displaced.

use serde_json::{Value, json};
use system_tests::Client;

use crate::support::{Given, VISIT, all, always, at, book, instant, text};

const HOURS: &str = "/v1/agents/7/weekly-hours";

/// The id of each appointment that stands against the rules, in order of time.
async fn conflicts(client: &Client, position: &Value) -> Vec<Value> {
    let range = format!("from={}&to={}", text(at(3, 0)), text(at(4, 0)));
    all(client, &format!("/v1/conflicts?{range}"), position).await
}

fn ids(conflicts: &[Value]) -> Vec<&str> {
    conflicts.iter().map(|conflict| conflict["appointment_id"].as_str().unwrap()).collect()
}

/// An agent works afternoons only from now on: three visits are in the way, one of which nobody else can take.
#[tokio::test]
async fn a_change_of_hours_is_foreseen_then_made_then_listed_and_then_resolved_by_a_bulk_move() {
    let Given { client, citas: _citas, folder: _folder } = Given::agency(&["7", "8", "9"]).await;
    let morning =
        [book(&client, "7", "55", at(3, 9 * 60)).await, book(&client, "7", "56", at(3, 10 * 60)).await];
    let noon = book(&client, "7", "57", at(3, 12 * 60)).await;
    let afternoon = book(&client, "7", "58", at(3, 15 * 60)).await;
    for agent in ["8", "9"] {
        book(&client, agent, "59", at(3, 12 * 60)).await;
    }
    let displaced = [morning[0].as_str(), &morning[1], &noon];
    let afternoons = always("13:00", "24:00");

    let foreseen = client.put(&format!("{HOURS}?dry_run=true")).body(&afternoons).ok().await;
    let plan = foreseen["conflicts"].as_array().unwrap().clone();
    assert_eq!(ids(&plan), displaced, "{foreseen}");
    for conflict in &plan {
        assert_eq!(conflict["findings"][0]["reason"], "outside_hours", "{conflict}");
    }
    // One each: the first counts for the second. At noon both have a visit, so that another time is named.
    let mut taken_by: Vec<_> = plan[..2].iter().map(|one| one["to_agent_id"].as_str().unwrap()).collect();
    taken_by.sort_unstable();
    assert_eq!(taken_by, ["8", "9"], "{foreseen}");
    assert_eq!(
        (&plan[2]["to_agent_id"], &plan[2]["because"]["finding"]),
        (&Value::Null, &json!("already_booked"))
    );
    assert!(!plan[2]["alternatives"].as_array().unwrap().is_empty(), "{foreseen}");
    assert_eq!(conflicts(&client, &foreseen["position"]).await, [] as [Value; 0], "it was only asked");

    let changed = client.put(HOURS).body(&afternoons).ok().await;
    let listed = conflicts(&client, &changed["position"]).await;
    assert_eq!(ids(&listed), displaced);
    for (listed, foreseen) in listed.iter().zip(&plan) {
        assert_eq!(listed["findings"], foreseen["findings"]);
    }

    let body = json!({"from": text(at(3, 0)), "to": text(at(3, 13 * 60)), "reason": "Afternoons only"});
    let moved = client.post("/v1/agents/7/appointments/move").key("move").body(&body).ok().await;
    let move_id = moved["move_id"].as_str().unwrap();
    let resumed = client.post(&format!("/v1/moves/{move_id}/resume")).body(&json!({})).ok().await;
    let visits = resumed["visits"].as_array().unwrap();
    assert_eq!(ids(visits), displaced, "{resumed}");
    let went_to = |visit: &Value| visit["to_agent_id"].clone();
    assert_eq!(visits.iter().map(went_to).collect::<Vec<_>>(), plan.iter().map(went_to).collect::<Vec<_>>());
    let left = conflicts(&client, &resumed["position"]).await;
    assert_eq!(ids(&left), [noon.as_str()], "nobody could take it");

    // With one of the times that were named, nothing is left.
    let other = &plan[2]["alternatives"][0];
    let to = json!({"agent_id": other["agent_id"], "start": other["start"]});
    let last = client.post(&format!("/v1/appointments/{noon}/reschedule")).body(&to).ok().await;
    assert_eq!(conflicts(&client, &last["position"]).await, [] as [Value; 0]);
    let kept = client.get(&format!("/v1/appointments/{afternoon}")).ok().await;
    assert_eq!((&kept["agent_id"], instant(&kept["start"])), (&json!("7"), at(3, 15 * 60)));
    assert_eq!(
        (&kept["appointment_type"], &kept["version"]),
        (&json!(VISIT), &json!(1)),
        "it was left alone"
    );
}
