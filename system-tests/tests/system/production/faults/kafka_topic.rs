use std::time::{Duration, Instant};

use super::super::kafka::{Kafka, Record};
use super::super::support::{AGENTS, Production};
use crate::support::{at, book};

/// How long it may take until a topic that was made anew is noticed, and filled again.
const BOUND: Duration = Duration::from_secs(20);

fn ids(records: &[Record]) -> Vec<&str> {
    let mut ids: Vec<_> = records.iter().map(|record| &*record.event_id).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_topic_that_is_deleted_and_made_anew_at_rest_is_filled_again_without_a_restart() {
    let Some(kafka) = Kafka::real("topics that are deleted") else { return };
    let production = Production::start(kafka).await;
    let client = production.client();
    for minute in 0..8 {
        for agent in AGENTS {
            book(&client, agent, "5001", at(3, minute * 30)).await;
        }
    }
    let told = || async {
        loop {
            let records = production.kafka.records().await;
            if records.len() == 8 * AGENTS.len() {
                return records;
            }
        }
    };
    let before = told().await;
    production.kafka.delete_topic().await;
    production.kafka.make_topic().await;
    let made_anew = Instant::now();
    // Whether it is noticed while it is deleted or after that.
    production.projector.until_unready_with("relay").await;
    production.projector.until_ready().await;
    let again = told().await;
    assert!(made_anew.elapsed() < BOUND, "{:?}", made_anew.elapsed());
    assert_eq!(ids(&again), ids(&before));
    let counted = production.projector.metric("relay_topic_losses_total").await;
    assert!((counted - 1.0).abs() < 0.1, "one loss is counted once, not {counted} times");
}
