use std::time::{Duration, Instant};

use system_tests::STEP_TIMEOUT;

use super::hung_leader::told;
use crate::production::{Kafka, Production};

/// Within which everybody who reads the store says that it does not answer.
const NAMED: Duration = Duration::from_secs(8);

#[tokio::test]
async fn a_store_that_hangs_is_named_by_whoever_reads_it_and_the_lag_grows() {
    let production = Production::start(Kafka::shared()).await;
    production.query_api.until_metric("projection_lag_seconds", 0.0).await;
    production.node.halt();
    let halted_at = Instant::now();
    let (command_api, projector) = (&production.command_api, &production.projector);
    tokio::join!(
        command_api.until_unready_with("the event store cannot be used, retrying: "),
        projector.until_unready_with("the event store cannot be used, retrying: "),
    );
    let took = halted_at.elapsed();
    assert!(took < NAMED, "{took:?}");
    // As far as anybody can know, events have been missing ever since.
    let query_api = &production.query_api;
    let grows = async {
        while query_api
            .metric("projection_lag_seconds")
            .await
            .partial_cmp(&5.0)
            .is_none_or(std::cmp::Ordering::is_lt)
        {}
    };
    tokio::time::timeout(STEP_TIMEOUT, grows).await.expect("the lag grows");
    let said = async {
        loop {
            let ready = query_api.client().get("/readyz").answer().await;
            assert_eq!(ready.status, 200, "it goes on answering: {ready:?}");
            if told(&ready.json()).contains(&"stalled") {
                return ready.text;
            }
        }
    };
    let said = tokio::time::timeout(STEP_TIMEOUT, said).await.expect("query-api tells");
    assert!(said.contains("the leading projector has been held up for"), "{said}");

    production.node.resume();
    tokio::join!(command_api.until_ready(), projector.until_ready());
    query_api.until_metric("projection_lag_seconds", 0.0).await;
}
