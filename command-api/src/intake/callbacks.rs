use std::sync::Arc;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::sync::watch;

use super::partition_queues::PartitionQueues;
use super::status::Status;

/// Receives rebalances, statistics and errors from Kafka's client.
pub(super) struct Callbacks {
    pub(super) queues: Arc<PartitionQueues>,
    pub(super) status: watch::Sender<Status>,
    pub(super) topic: String,
}

impl ClientContext for Callbacks {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, error: KafkaError, _: &str) {
        tracing::debug!(%error, "Kafka's client reports a problem and continues");
    }

    fn stats(&self, statistics: Statistics) {
        let is_up = statistics.brokers.values().any(|broker| broker.state == "UP");
        let is_joined = statistics.cgrp.as_ref().is_some_and(|group| group.join_state == "steady");
        let assigned = statistics.cgrp.as_ref().map_or(0, |group| group.assignment_size);
        let assigned = usize::try_from(assigned).unwrap_or(0);
        let partitions =
            statistics.topics.get(&self.topic).into_iter().flat_map(|topic| topic.partitions.values());
        let lag: i64 = partitions.map(|partition| partition.consumer_lag.max(0)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 messages are far off")]
        metrics::gauge!("intake_lag").set(lag as f64);
        self.status.send_modify(|status| {
            status.is_joined = is_joined;
            status.partitions = assigned;
            match (is_up, &status.trouble) {
                (true, Some(_)) => {
                    tracing::info!("the command intake continues");
                    status.trouble = None;
                }
                (false, None) => {
                    let trouble = "no broker can be reached".to_owned();
                    tracing::warn!("the command intake waits for Kafka: {trouble}");
                    status.trouble = Some(trouble);
                }
                _ => {}
            }
        });
    }
}

impl ConsumerContext for Callbacks {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => {
                tracing::info!(partitions = ?numbers(partitions), "command partitions are assigned");
            }
            Rebalance::Revoke(partitions) => {
                let partitions = numbers(partitions);
                tracing::info!(?partitions, "command partitions are revoked");
                self.queues.let_go(&partitions, consumer);
            }
            Rebalance::Error(error) => {
                tracing::warn!(%error, "all command partitions are released after a failed rebalance");
                self.queues.let_go_of_all(consumer);
            }
        }
    }
}

fn numbers(partitions: &TopicPartitionList) -> Vec<i32> {
    partitions
        .elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
        .collect()
}
