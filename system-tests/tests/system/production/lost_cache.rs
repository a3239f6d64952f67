use serde_json::{Value, json};
use system_tests::{Client, PrivateServer, RunningService, STEP_TIMEOUT};

use super::load::Load;
use super::support::Production;
use crate::support::{VISIT, at, text};

/// How many slots are held before, between and after.
const SOME: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_is_killed_makes_no_answer_wrong() {
    let redis = PrivateServer::start("redis").await.unwrap();
    let production = Production::with_redis(redis.address()).await;
    let load = Load::start(&production);
    let (client, query_api) = (production.client(), &production.query_api);
    let mut offered = slots(&client, 0).await;
    assert_eq!(offered.len(), 48);
    offered = hold_some(&client, offered).await;

    redis.kill().await;
    offered = hold_some(&client, offered).await;
    until_breaker(&client, query_api, 1.0).await;
    offered = hold_some(&client, offered).await;
    assert_eq!(query_api.client().get("/readyz").answer().await.status, 200, "it is only slower");

    redis.bring_back().await;
    until_breaker(&client, query_api, 0.0).await;
    offered = hold_some(&client, offered).await;
    assert_eq!(offered.len(), 48 - 4 * SOME);
    load.goes_on(1).await;
    let outcome = load.end(production).await;
    assert_eq!(outcome.put_off, 0, "no booking depends on Redis");
}

/// The free slots of an agent on a day that nobody else books on, and that the cache reaches to, known up to this position.
async fn slots(client: &Client, position: u64) -> Vec<Value> {
    let range = format!("from={}&to={}", text(at(2, 0)), text(at(3, 0)));
    let path =
        format!("/v1/slots?appointment_type={VISIT}&agent_id=7&{range}&limit=200&min_position={position}");
    let offered = client.get(&path).answer().await;
    assert_eq!(offered.status, 200, "{offered:?}");
    offered.json()["items"].as_array().unwrap().iter().map(|slot| slot["start"].clone()).collect()
}

/// Holds one slot after the other: the next answer has all of the others, and no more.
async fn hold_some(client: &Client, mut offered: Vec<Value>) -> Vec<Value> {
    for _ in 0..SOME {
        let start = offered.remove(0);
        let held = json!({
            "agent_id": "7", "appointment_type": VISIT, "start": start, "ttl_seconds": 900,
            "lead_id": format!("lead-{}", offered.len()),
        });
        let held = client.post("/v1/holds").body(&held).ok().await;
        assert_eq!(slots(client, held["position"].as_u64().unwrap()).await, offered);
    }
    offered
}

/// Asks until the service says that it leaves Redis alone, or that it does not any more.
async fn until_breaker(client: &Client, query_api: &RunningService, wanted: f64) {
    let told = async {
        while (query_api.metric("slot_cache_breaker_open").await - wanted).abs() > 0.5 {
            slots(client, 0).await;
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, told).await.expect("the metrics tell");
}
