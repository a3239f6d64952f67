use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::message::{Message as _, OwnedMessage};
use tokio::runtime::Handle;

use super::Lost;
use super::partition_queue::PartitionQueue;
use super::worker::Worker;

/// How long commands under way may take when partitions are released, for all partitions together.
const GRACE: Duration = Duration::from_secs(10);

/// The partitions that are assigned to this process, each with its messages.
#[derive(Debug)]
pub(super) struct PartitionQueues {
    worker: Arc<Worker>,
    runtime: Handle,
    topic: String,
    by_partition: Mutex<HashMap<i32, Arc<PartitionQueue>>>,
}

impl PartitionQueues {
    pub(super) fn new(worker: Arc<Worker>, runtime: Handle, topic: String) -> Self {
        Self { worker, runtime, topic, by_partition: Mutex::default() }
    }

    /// Takes a message, which is processed at once, or after those of the same key before it.
    pub(super) fn take(&self, message: OwnedMessage) {
        let queue = Arc::clone(
            self.queues().entry(message.partition()).or_insert_with(|| Arc::new(PartitionQueue::new())),
        );
        if let Some((key, first)) = queue.take(message) {
            self.runtime.spawn(Arc::clone(&self.worker).work(queue, key, first));
        }
    }

    pub(super) fn under_way(&self) -> usize {
        self.queues().values().map(|queue| queue.under_way()).sum()
    }

    /// The failure that ends the session, if there was one.
    pub(super) fn failure(&self) -> Option<Lost> {
        self.worker.failure()
    }

    /// Stores the offsets of processed messages in the client, which commits them.
    pub(super) fn store<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>) {
        for (partition, queue) in &*self.queues() {
            if let Some(offset) = queue.newly_done() {
                self.store_one(consumer, *partition, offset);
            }
        }
    }

    /// Releases partitions: finishes their commands under way, and stores their offsets.
    pub(super) fn let_go<C: ConsumerContext>(&self, partitions: &[i32], consumer: &BaseConsumer<C>) {
        let leaving: Vec<_> = {
            let mut queues = self.queues();
            partitions.iter().filter_map(|partition| Some((*partition, queues.remove(partition)?))).collect()
        };
        for (_, queue) in &leaving {
            queue.close();
        }
        let until = Instant::now() + GRACE;
        for (partition, queue) in leaving {
            queue.wait(until);
            if let Some(offset) = queue.newly_done() {
                self.store_one(consumer, partition, offset);
            }
        }
    }

    /// Releases every partition.
    pub(super) fn let_go_of_all<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>) {
        let every: Vec<i32> = self.queues().keys().copied().collect();
        self.let_go(&every, consumer);
    }

    /// The client refuses the offset of a partition that was lost meanwhile, as it should: its next owner has started
    /// at the committed one.
    fn store_one<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>, partition: i32, offset: i64) {
        if let Err(error) = consumer.store_offset(&self.topic, partition, offset) {
            tracing::debug!(partition, offset, %error, "an offset is not stored");
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<i32, Arc<PartitionQueue>>> {
        self.by_partition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
