use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::message::{Message as _, OwnedMessage};
use tokio::runtime::Handle;

use super::Lost;
use super::lane::Lane;
use super::worker::Worker;

/// How long what is being decided may take to end when partitions are let go of, all together.
const GRACE: Duration = Duration::from_secs(10);

/// The partitions that are assigned to this process, each with what is under way in it.
#[derive(Debug)]
pub(super) struct Lanes {
    worker: Arc<Worker>,
    runtime: Handle,
    topic: String,
    by_partition: Mutex<HashMap<i32, Arc<Lane>>>,
}

impl Lanes {
    pub(super) fn new(worker: Arc<Worker>, runtime: Handle, topic: String) -> Self {
        Self { worker, runtime, topic, by_partition: Mutex::default() }
    }

    /// Takes a message on; somebody works on it from now on, or once what is before it is done.
    pub(super) fn take(&self, message: OwnedMessage) {
        let lane =
            Arc::clone(self.lanes().entry(message.partition()).or_insert_with(|| Arc::new(Lane::new())));
        if let Some((key, first)) = lane.take(message) {
            self.runtime.spawn(Arc::clone(&self.worker).work(lane, key, first));
        }
    }

    pub(super) fn under_way(&self) -> usize {
        self.lanes().values().map(|lane| lane.under_way()).sum()
    }

    /// What went wrong so badly that everything has to begin anew.
    pub(super) fn failure(&self) -> Option<Lost> {
        self.worker.failure()
    }

    /// Tells the client what is done, for it to commit.
    pub(super) fn store<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>) {
        for (partition, lane) in &*self.lanes() {
            if let Some(offset) = lane.news() {
                self.store_one(consumer, *partition, offset);
            }
        }
    }

    /// Lets go of partitions: what has begun in them ends, and what is done is said.
    pub(super) fn let_go<C: ConsumerContext>(&self, partitions: &[i32], consumer: &BaseConsumer<C>) {
        let leaving: Vec<_> = {
            let mut lanes = self.lanes();
            partitions.iter().filter_map(|partition| Some((*partition, lanes.remove(partition)?))).collect()
        };
        for (_, lane) in &leaving {
            lane.close();
        }
        let until = Instant::now() + GRACE;
        for (partition, lane) in leaving {
            lane.wait(until);
            if let Some(offset) = lane.news() {
                self.store_one(consumer, partition, offset);
            }
        }
    }

    /// The same with every partition.
    pub(super) fn let_go_of_all<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>) {
        let every: Vec<i32> = self.lanes().keys().copied().collect();
        self.let_go(&every, consumer);
    }

    /// A partition that was lost meanwhile is refused, and rightly so: its next owner has begun where it is known to be.
    fn store_one<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>, partition: i32, offset: i64) {
        if let Err(error) = consumer.store_offset(&self.topic, partition, offset) {
            tracing::debug!(partition, offset, %error, "an offset is not stored");
        }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<i32, Arc<Lane>>> {
        self.by_partition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
