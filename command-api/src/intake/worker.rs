use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use operation::{Code, Problem};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Message as _, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::sync::watch;

use super::Lost;
use super::attempts;
use super::attributes::{Attributes, Sender, actor};
use super::messages::Message;
use super::partition_queue::{Interrupted, Key, PartitionQueue, Phase};
use super::record::{self, Answered, Kind, Record};
use super::settings::IntakeSettings;
use super::status::Status;
use crate::CommandApi;
use crate::identity;

/// The pause before retrying when the producer's queue is full.
const RETRY_DELAY: Duration = Duration::from_millis(50);
/// A record that is not acknowledged within this time makes the intake not ready.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Processes messages: carries out their commands, and writes replies and dead letters.
pub(super) struct Worker {
    api: Arc<CommandApi>,
    producer: FutureProducer,
    replies: String,
    dead_letters: String,
    source: String,
    status: watch::Sender<Status>,
    failure: Mutex<Option<Lost>>,
}

impl Worker {
    pub(super) fn new(
        api: Arc<CommandApi>,
        producer: FutureProducer,
        settings: &IntakeSettings,
        status: watch::Sender<Status>,
    ) -> Self {
        let IntakeSettings { replies, dead_letters, source, .. } = settings.clone();
        Self { api, producer, replies, dead_letters, source, status, failure: Mutex::default() }
    }

    pub(super) fn failure(&self) -> Option<Lost> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Processes the messages of one key in order, until there are no more or the partition is released.
    pub(super) async fn work(self: Arc<Self>, queue: Arc<PartitionQueue>, key: Key, first: OwnedMessage) {
        let mut phase = queue.phase();
        let mut next = Some(first);
        while let Some(message) = next.take() {
            let done = tokio::select! {
                done = AssertUnwindSafe(self.handle(&message, phase.clone())).catch_unwind() => done,
                _ = phase.wait_for(|phase| *phase == Phase::Abandoned) => Ok(Err(Interrupted)),
            };
            match done {
                Ok(Ok(())) => next = queue.finish(&key, message.offset()),
                // The messages behind it must not be processed before it.
                Ok(Err(Interrupted)) => queue.close(),
                Err(_) => {
                    self.fail(Lost::Broken);
                    queue.close();
                }
            }
        }
        queue.leave(&key);
    }

    async fn handle(&self, message: &OwnedMessage, phase: watch::Receiver<Phase>) -> Result<(), Interrupted> {
        let read = Attributes::read(message.headers()).and_then(|attributes| {
            match Message::read(&attributes.command_type, message.payload().unwrap_or_default()) {
                Ok(received) => Ok((attributes, received)),
                Err(problem) => Err((Some(attributes.sender()), problem)),
            }
        });
        let (attributes, received) = match read {
            Ok(read) => read,
            Err((sender, problem)) => return self.put_aside(message, sender.as_ref(), &problem).await,
        };
        let (sender, correlation_id) = (attributes.sender(), attributes.correlation_id);
        let attempt = || received.carry_out(&self.api, attributes.delivery());
        match attempts::carry_out(attempt, phase).await? {
            Ok(reply) => {
                count("succeeded");
                let answered = self.answered(message, &sender, correlation_id);
                self.write(record::succeeded(&answered, reply)).await
            }
            // A defect: the sender may send the command again, and somebody has to investigate.
            Err(problem) if problem.code() == Code::Internal => {
                self.put_aside(message, Some(&sender), &problem).await
            }
            Err(problem) => {
                count("refused");
                let answered = self.answered(message, &sender, correlation_id);
                self.write(record::refused(&answered, &problem)).await
            }
        }
    }

    /// Writes a dead letter, and a reply if the sender is known.
    async fn put_aside(
        &self,
        message: &OwnedMessage,
        sender: Option<&Sender>,
        problem: &Problem,
    ) -> Result<(), Interrupted> {
        let (partition, offset) = (message.partition(), message.offset());
        tracing::warn!(
            partition,
            offset,
            code = problem.code().as_str(),
            "a command is written to the dead letters"
        );
        count("dead_letter");
        metrics::counter!("intake_dead_letters_total").increment(1);
        self.write(record::dead_letter(message, problem)).await?;
        match sender {
            Some(sender) => {
                let answered = self.answered(message, sender, None);
                self.write(record::refused(&answered, problem)).await
            }
            None => Ok(()),
        }
    }

    fn answered<'a>(
        &'a self,
        message: &'a OwnedMessage,
        sender: &'a Sender,
        correlation_id: Option<uuid::Uuid>,
    ) -> Answered<'a> {
        let command_id = identity::command_id(&actor(&sender.source), &sender.id).uuid();
        Answered { message, sender, command_id, correlation_id, source: &self.source, now: self.api.now() }
    }

    /// Writes a record and waits until it is acknowledged.
    async fn write(&self, record: Record) -> Result<(), Interrupted> {
        match self.deliver(&record).await {
            Ok(()) => Ok(()),
            Err(error) if record.kind == Kind::DeadLetter && is_too_large(&error) => {
                self.deliver(&record.without_payload()).await.map_err(|error| self.lost(error))
            }
            Err(error) => Err(self.lost(error)),
        }
    }

    async fn deliver(&self, record: &Record) -> Result<(), KafkaError> {
        let topic = match record.kind {
            Kind::Reply => &self.replies,
            Kind::DeadLetter => &self.dead_letters,
        };
        let delivery = loop {
            let mut written: FutureRecord<'_, [u8], [u8]> =
                FutureRecord::to(topic).headers(record.headers.clone());
            written.key = record.key.as_deref();
            written.payload = record.payload.as_deref();
            match self.producer.send_result(written) {
                Ok(delivery) => break delivery,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                Err((error, _)) => return Err(error),
            }
        };
        tokio::pin!(delivery);
        let delivered = if let Ok(delivered) = tokio::time::timeout(TIMEOUT, &mut delivery).await {
            delivered
        } else {
            // The producer retries for ever without reporting it.
            let _late = Late::begin(&self.status);
            delivery.await
        };
        match delivered {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((error, _))) => Err(error),
            Err(_) => Err(KafkaError::Canceled),
        }
    }

    fn lost(&self, error: KafkaError) -> Interrupted {
        self.fail(error.into());
        Interrupted
    }

    fn fail(&self, lost: Lost) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(lost);
    }
}

/// Counts one record as late, for as long as this value lives.
struct Late<'status>(&'status watch::Sender<Status>);

impl<'status> Late<'status> {
    fn begin(status: &'status watch::Sender<Status>) -> Self {
        status.send_modify(|status| status.late += 1);
        Self(status)
    }
}

impl Drop for Late<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|status| status.late -= 1);
    }
}

fn is_too_large(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize)
    )
}

fn count(outcome: &'static str) {
    metrics::counter!("intake_commands_total", "outcome" => outcome).increment(1);
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}
