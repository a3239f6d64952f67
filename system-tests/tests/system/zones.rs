//! An agent or the office that moves to another zone, and days that are dates.

use availability::zone;
use serde_json::{Value, json};
use system_tests::Client;

use crate::support::{Given, always, day};

async fn calendar(client: &Client, agent: &str, position: &Value) -> Value {
    let range = format!("from={}T00:00:00Z&to={}T00:00:00Z", day(2), day(12));
    client.get(&format!("/v1/agents/{agent}/calendar?{range}&min_position={position}")).ok().await
}

/// What the wall clock of a zone shows when the occurrences of a block begin.
fn hours(calendar: &Value, block_id: &Value, tz: chrono_tz::Tz) -> Vec<String> {
    let blocks = calendar["blocks"].as_array().unwrap();
    let block = blocks.iter().find(|block| block["block_id"] == *block_id).unwrap();
    let starts = block["occurrences"].as_array().unwrap().iter();
    let local = starts.map(|one| zone::local(tz, crate::support::instant(&one["start"])));
    let mut hours: Vec<String> = local.map(|start| start.format("%H:%M").to_string()).collect();
    hours.dedup();
    hours
}

/// Hours had moved with the zone, and the daily lunch had stayed on the old clock.
#[tokio::test]
async fn the_daily_lunch_moves_with_the_agents_zone_as_the_hours_do() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    let profile = |zone: &str| json!({"name": "Ana", "time_zone": zone, "inherits_office_hours": false});
    client.put("/v1/agents/7").body(&profile("America/Santiago")).ok().await;
    client.put("/v1/agents/7/weekly-hours").body(&always("09:00", "18:00")).ok().await;
    let at = |hour: &str| json!({"local": format!("{}T{hour}", day(1)), "zone": "America/Santiago"});
    let lunch = json!({
        "start": at("13:00"), "end": at("14:00"), "reason": "Almuerzo", "recurrence": "FREQ=DAILY",
    });
    let lunch = client.post("/v1/agents/7/blocks").body(&lunch).ok().await["block_id"].clone();
    let moved = client.put("/v1/agents/7").body(&profile("Asia/Tokyo")).ok().await;
    assert_eq!(moved["zone_change"]["block_ids"], json!([lunch]));
    let shown = calendar(&client, "7", &moved["position"]).await;
    assert_eq!(hours(&shown, &lunch, chrono_tz::Asia::Tokyo), ["13:00"]);
    let block = client.get(&format!("/v1/agents/7/blocks/{}", lunch.as_str().unwrap())).ok().await;
    assert_eq!(block["time_zone"], "Asia/Tokyo");
    assert_eq!(block["local_start"], format!("{}T13:00:00", day(1)));
    let list = client.get("/v1/agents/7/blocks").ok().await;
    assert_eq!(list["items"], json!([block]));
}

#[tokio::test]
async fn a_whole_day_of_the_office_is_a_date_for_every_agent_and_lunch_is_skipped_for_a_day() {
    let Given { client, citas: _citas, folder: _folder } = Given::fresh().await;
    for (agent, tz) in [("7", "America/Santiago"), ("8", "Pacific/Easter"), ("9", "Asia/Tokyo")] {
        let profile = json!({"name": agent, "time_zone": tz, "regions": [agent]});
        client.put(&format!("/v1/agents/{agent}")).body(&profile).ok().await;
    }
    let holiday = json!({"date": day(5), "reason": "Feriado", "recurrence": "FREQ=YEARLY"});
    let made = client.post("/v1/office/blocks").body(&holiday).ok().await;
    for (agent, tz) in [
        ("7", chrono_tz::America::Santiago),
        ("8", chrono_tz::Pacific::Easter),
        ("9", chrono_tz::Asia::Tokyo),
    ] {
        let shown = calendar(&client, agent, &made["position"]).await;
        let occurrence = &shown["blocks"][0]["occurrences"][0];
        let date = |member: &str| zone::local_date(tz, crate::support::instant(&occurrence[member]));
        assert_eq!(date("start"), day(5), "{agent}: {occurrence}");
        assert_eq!(date("end"), day(6), "{agent}: {occurrence}");
    }
    let id = made["block_id"].as_str().unwrap();
    let path = format!("/v1/office/blocks/{id}/occurrences/{}", day(5));
    let skipped = client.delete(&path).ok().await;
    assert_eq!(calendar(&client, "7", &skipped["position"]).await["blocks"], json!([]));
    let shown = client.get(&format!("/v1/office/blocks/{id}")).ok().await;
    assert_eq!(shown["exceptions"], json!([{"date": day(5)}]));
    let regional = json!({"date": day(6), "regions": ["8"]});
    let made = client.post("/v1/office/blocks").body(&regional).ok().await;
    let blocks_of = async |agent: &str| {
        let shown = calendar(&client, agent, &made["position"]).await;
        shown["blocks"].as_array().unwrap().len()
    };
    assert_eq!((blocks_of("7").await, blocks_of("8").await), (0, 1));
}
