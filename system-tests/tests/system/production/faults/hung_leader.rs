use std::time::{Duration, Instant};

use serde_json::json;
use system_tests::{RunningService, STEP_TIMEOUT};

use crate::production::load::Load;
use crate::production::{Kafka, Production};

/// How many answers before, between and after.
const SOME: usize = 40;

/// Within which another projector leads.
const TAKEOVER: Duration = Duration::from_secs(10);

/// The same, once the leader has been stopped in good order.
const RELEASED: Duration = Duration::from_secs(2);

const LEADS: &str = r#"reactor_leads{group="projector"}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_paused_is_replaced_within_ten_seconds_and_writes_nothing_when_it_goes_on() {
    let production = Production::start(Kafka::shared()).await;
    let (first, second) = (&production.projector, production.another_projector().await);
    let load = Load::start(&production);
    load.goes_on(SOME).await;
    for (leads, waits) in [(first, &second), (&second, first)] {
        leads.halt();
        let paused_at = Instant::now();
        waits.until_metric(LEADS, 1.0).await;
        let took = paused_at.elapsed();
        assert!(took < TAKEOVER, "{took:?}");
        load.goes_on(SOME).await;
        is_followed(&production).await;
        leads.resume();
        leads.until_metric(LEADS, 0.0).await;
        load.goes_on(SOME).await;
        is_followed(&production).await;
    }
    for projector in [first, &second] {
        projector.until_ready().await;
    }
    let ended = load.end_in_the_read_model(&production).await;
    let exit = second.stop().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    ended.compare_with_the_log(production).await;
}

/// Waits until the read model has what is stored now.
async fn is_followed(production: &Production) {
    let client = production.client();
    let stored = client.put("/v1/agents/7").body(&json!({"name": "Ana", "time_zone": "UTC"})).ok().await;
    let path = format!("/v1/agents/7?min_position={}", stored["position"]);
    let reached = async { while client.get(&path).answer().await.status != 200 {} };
    tokio::time::timeout(STEP_TIMEOUT, reached).await.expect("the projection goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_nobody_leads_is_told_by_query_api_which_goes_on_answering() {
    let mut production = Production::start(Kafka::shared()).await;
    let query_api = &production.query_api;
    assert!((query_api.metric("projection_has_leader").await - 1.0).abs() < 0.1);
    let second = production.another_projector().await;
    let stopped = std::mem::replace(&mut production.projector, second);
    let exit = stopped.stop().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    let stopped_at = Instant::now();
    production.projector.until_metric(LEADS, 1.0).await;
    let took = stopped_at.elapsed();
    assert!(took < RELEASED, "{took:?}");

    production.projector.until_ready().await;
    production.projector.halt();
    query_api.until_metric("projection_has_leader", 0.0).await;
    let ready = query_api.client().get("/readyz").answer().await;
    assert_eq!(ready.status, 200, "{ready:?}");
    assert_eq!(told(&ready.json()), ["leader"]);
    assert_eq!(query_api.client().get("/v1/agents/7").answer().await.status, 200);
    production.projector.resume();
    leads_again(&production.projector).await;
    query_api.until_metric("projection_has_leader", 1.0).await;
    assert!(told(&query_api.client().get("/readyz").answer().await.json()).is_empty());
}

async fn leads_again(projector: &RunningService) {
    projector.until_metric(LEADS, 1.0).await;
    projector.until_ready().await;
}

/// The names of what is not ready.
pub(super) fn told(ready: &serde_json::Value) -> Vec<&str> {
    let named = ready["not_ready"].as_array().into_iter().flatten();
    named.map(|one| one["name"].as_str().unwrap()).collect()
}
