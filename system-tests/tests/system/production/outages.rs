use system_tests::EventNode;

use super::kafka::Kafka;
use super::load::Load;
use super::support::Production;

/// How many answers before, between and after.
const SOME: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_store_that_is_gone_for_a_while_loses_nothing_that_was_answered() {
    let mut production = Production::start(Kafka::shared()).await;
    let load = Load::start(&production);
    for _ in 0..3 {
        load.goes_on(SOME).await;
        let (data, address) = (production.node.data().to_owned(), production.node.address());
        production.node.kill().await;
        load.is_put_off().await;
        production.command_api.until_unready_with("event_store").await;
        // What is known can be asked.
        assert_eq!(production.query_api.client().get("/readyz").answer().await.status, 200);
        assert_eq!(production.query_api.client().get("/v1/agents/7").answer().await.status, 200);
        production.node = EventNode::start_at(data, &address).await;
        production.command_api.until_ready().await;
    }
    load.goes_on(SOME).await;
    production.projector.until_ready().await;
    let outcome = load.end(production).await;
    assert!(outcome.put_off > 0 && outcome.booked > SOME, "{outcome:?}");
    assert_eq!(outcome.records.len(), outcome.booked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_that_is_gone_for_a_while_holds_up_nobody_and_is_told_everything_later() {
    let production = Production::start(Kafka::private().await).await;
    let load = Load::start(&production);
    load.goes_on(SOME).await;
    production.kafka.take_away().await;
    production.projector.until_unready_with("relay").await;
    let before = production.projector.metric("relayed_events_total").await;
    load.goes_on(SOME).await;
    assert!(production.projector.metric(r#"reactor_lag_seconds{reactor="relay"}"#).await > 0.0);
    assert!((production.projector.metric("relayed_events_total").await - before).abs() < 0.5);
    assert_eq!(production.command_api.client().get("/readyz").answer().await.status, 200);
    assert_eq!(production.query_api.client().get("/readyz").answer().await.status, 200);
    production.kafka.bring_back().await;
    load.goes_on(SOME).await;
    production.projector.until_ready().await;
    let outcome = load.end(production).await;
    assert_eq!(outcome.put_off, 0, "no booking depends on Kafka");
    assert_eq!(outcome.records.len(), outcome.booked);
}
