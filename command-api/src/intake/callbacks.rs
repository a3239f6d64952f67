use std::sync::Arc;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::sync::watch;

use super::lanes::Lanes;
use super::status::Status;

/// What the client says besides messages: partitions come and go, and how it is.
pub(super) struct Callbacks {
    pub(super) lanes: Arc<Lanes>,
    pub(super) status: watch::Sender<Status>,
    pub(super) topic: String,
}

impl ClientContext for Callbacks {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, error: KafkaError, _: &str) {
        tracing::debug!(%error, "Kafka's client has a problem and goes on");
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
                    tracing::info!("the intake of commands goes on");
                    status.trouble = None;
                }
                (false, None) => {
                    let trouble = "none of the brokers can be reached".to_owned();
                    tracing::warn!("the intake waits for Kafka: {trouble}");
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
                tracing::info!(partitions = ?numbers(partitions), "partitions of commands are assigned");
            }
            Rebalance::Revoke(partitions) => {
                let partitions = numbers(partitions);
                tracing::info!(?partitions, "partitions of commands are let go of");
                self.lanes.let_go(&partitions, consumer);
            }
            Rebalance::Error(error) => {
                tracing::warn!(%error, "all partitions of commands are let go of");
                self.lanes.let_go_of_all(consumer);
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
