//! One session with Kafka: joins the consumer group and polls for messages until something fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::Lost;
use super::callbacks::Callbacks;
use super::partition_queues::PartitionQueues;
use super::settings::IntakeSettings;
use super::status::Status;
use super::worker::Worker;
use crate::CommandApi;

/// The most messages under way at once. At this limit, polling pauses until half of them are done.
const MAX_UNDER_WAY: usize = 1024;
/// The timeout of one request to the broker.
const DEADLINE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);
/// The poll timeout while polling pauses.
const BUSY_POLL: Duration = Duration::from_millis(10);

/// Runs one session, from joining the group to the first failure or the end of the intake.
pub(super) fn run(
    api: &Arc<CommandApi>,
    settings: &IntakeSettings,
    runtime: &Handle,
    stop: &AtomicBool,
    status: &watch::Sender<Status>,
) -> Result<(), Lost> {
    let producer = {
        let _within = runtime.enter();
        settings.producer().create()?
    };
    let worker = Arc::new(Worker::new(Arc::clone(api), producer, settings, status.clone()));
    let queues = Arc::new(PartitionQueues::new(worker, runtime.clone(), settings.commands.clone()));
    let callbacks =
        Callbacks { queues: Arc::clone(&queues), status: status.clone(), topic: settings.commands.clone() };
    let consumer: BaseConsumer<Callbacks> = settings.consumer().create_with_context(callbacks)?;
    for topic in [&settings.commands, &settings.replies, &settings.dead_letters] {
        look_for(topic, &consumer)?;
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
    }
    consumer.subscribe(&[&settings.commands])?;
    let ended = take_messages(&consumer, &queues, stop);
    queues.let_go_of_all(&consumer);
    status.send_modify(|status| status.is_joined = false);
    ended
}

fn look_for(topic: &str, consumer: &BaseConsumer<Callbacks>) -> Result<(), Lost> {
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE)?;
    let is_there =
        metadata.topics().iter().any(|found| found.name() == topic && !found.partitions().is_empty());
    if is_there { Ok(()) } else { Err(Lost::NoTopic(topic.to_owned())) }
}

fn take_messages(
    consumer: &BaseConsumer<Callbacks>,
    queues: &PartitionQueues,
    stop: &AtomicBool,
) -> Result<(), Lost> {
    let mut is_full = false;
    while !stop.load(Ordering::Relaxed) {
        if let Some(failure) = queues.failure() {
            return Err(failure);
        }
        queues.store(consumer);
        let under_way = queues.under_way();
        if under_way >= MAX_UNDER_WAY {
            // Each time, because partitions may have been assigned since.
            consumer.pause(&consumer.assignment()?)?;
            is_full = true;
        } else if is_full && under_way <= MAX_UNDER_WAY / 2 {
            consumer.resume(&consumer.assignment()?)?;
            is_full = false;
        }
        match consumer.poll(if is_full { BUSY_POLL } else { POLL }) {
            Some(Ok(message)) => queues.take(message.detach()),
            Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => return Err(error.into()),
            // It is transient, or shows in the statistics.
            Some(Err(error)) => tracing::debug!(%error, "Kafka's client reports a problem and continues"),
            None => {}
        }
    }
    Ok(())
}
