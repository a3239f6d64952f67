use system_tests::STEP_TIMEOUT;

use super::OpenTransaction;
use super::hung_leader::told;
use crate::production::load::Load;
use crate::production::{Kafka, Production};

/// How many answers before, between and after.
const SOME: usize = 40;

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
