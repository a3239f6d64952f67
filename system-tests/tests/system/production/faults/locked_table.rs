use std::time::{Duration, Instant};

use serde_json::json;
use system_tests::STEP_TIMEOUT;

use super::OpenTransaction;
use super::hung_leader::told;
use crate::production::load::Load;
use crate::production::{Kafka, Production};
use crate::support::VISIT;

/// How many answers before, between and after.
const SOME: usize = 40;

/// Within which a query that waits for a lock is answered.
const GIVEN_UP: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_somebody_locks_is_told_by_all_and_projected_into_afterwards() {
    let production = Production::start(Kafka::shared()).await;
    let second = production.another_projector().await;
    production.query_api.until_metric("projection_lag_seconds", 0.0).await;
    let load = Load::start(&production);
    load.goes_on(SOME).await;
    let locks =
        OpenTransaction::begin(&format!("LOCK TABLE {}.bookings IN EXCLUSIVE MODE", production.schema));
    production.projector.until_unready_with("lock timeout").await;
    second.until_unready_with("the projection has stood still").await;
    let query_api = production.query_api.client();
    let said = async {
        loop {
            let ready = query_api.get("/readyz").answer().await;
            assert_eq!(ready.status, 200, "it goes on answering: {ready:?}");
            if told(&ready.json()).contains(&"stalled") {
                return;
            }
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, said).await.expect("query-api tells");
    assert!(production.query_api.metric("projection_lag_seconds").await > 9.0);
    load.goes_on(SOME).await;

    drop(locks);
    for projector in [&production.projector, &second] {
        projector.until_ready().await;
    }
    production.query_api.until_metric("projection_stalled", 0.0).await;
    let exit = second.stop().await;
    assert_eq!(exit.code, Some(0), "{}", exit.logs);
    load.end(production).await;
}

#[tokio::test]
async fn queries_behind_a_lock_are_given_up_soon_and_told() {
    let production = Production::start(Kafka::shared()).await;
    let query_api = production.query_api.client();
    let profile = json!({"name": "Agent 7", "time_zone": "UTC"});
    let known = production.client().put("/v1/agents/7").body(&profile).ok().await;
    query_api.get(&format!("/v1/agents/7?min_position={}", known["position"])).ok().await;
    let locks = OpenTransaction::begin(&format!("LOCK TABLE {}.holds", production.schema));
    let asked_at = Instant::now();
    let search = format!("/v1/slots?appointment_type={VISIT}&agent_id=7");
    let answer = query_api.get(&search).answer().await;
    let took = asked_at.elapsed();
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (503, &"not_ready".into()), "{answer:?}");
    assert!(took < GIVEN_UP, "{took:?}");
    let ready = query_api.get("/readyz").answer().await;
    assert_eq!(ready.status, 200, "others are answered: {ready:?}");
    assert!(told(&ready.json()).contains(&"queries"), "{ready:?}");
    assert_eq!(query_api.get("/v1/agents").answer().await.status, 200);
    drop(locks);
    query_api.get(&search).ok().await;
}
