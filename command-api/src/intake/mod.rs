//! Commands that other systems send through Kafka, decided by the same code as those that come by HTTP.
//!
//! A message is a `CloudEvents` 1.0 event in binary mode: `ce_type` names the command, `ce_id` is the idempotency
//! key, `ce_source` the sender, and the payload is the body of the HTTP call, with the ids of its path. The result is
//! written to the topic of replies. A message that cannot be read is written to the topic of dead letters, with the
//! reason; if its sender is known, there is a reply too. A command that the rules refuse gets a reply and no dead
//! letter.
//!
//! - **A message's offset is committed once its reply or dead letter is acknowledged**, not before. A message that is
//!   processed again gets its first answer again, as a repeated HTTP call does, in a second reply. A command that was
//!   refused is decided again: a success after a refusal of the same id counts.
//! - **Messages of one key are processed in order, one at a time**; other keys run in parallel.
//! - **Transient failures are retried, not answered**, such as an unreachable store or an overload: with the same id,
//!   for as long as they last. No message of the same key overtakes. A command whose handler fails five times is a
//!   dead letter.
//! - **A revoked partition is drained**: commands under way are finished, no others are started.
//!
//! No Kafka transactions are used. A failure of Kafka restarts the intake and affects nothing else.

mod attempts;
mod attributes;
mod callbacks;
#[cfg(test)]
mod command_schemas;
mod messages;
mod partition_queue;
mod partition_queues;
mod record;
mod session;
mod settings;
mod status;
mod tracker;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::error::KafkaError;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::CommandApi;
use status::Status;

pub use settings::IntakeSettings;
pub use status::IntakeNotReady;

/// The pause before a new session after Kafka failed.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// How long stopping may take: commands under way are finished, and the group is left.
const GRACE: Duration = Duration::from_secs(15);

/// Why a session ended.
#[derive(Debug, Error)]
enum Lost {
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    #[error("Kafka has no topic {0}; make it first")]
    NoTopic(String),
    #[error("the intake panicked over a command; the log has the details")]
    Broken,
}

/// A running intake. It ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Intake {
    status: watch::Receiver<Status>,
    stop: Arc<AtomicBool>,
    ended: oneshot::Receiver<()>,
}

impl Intake {
    /// Begins to take commands for `api`. Must be called within a tokio runtime.
    pub fn start(api: &Arc<CommandApi>, settings: IntakeSettings) -> std::io::Result<Self> {
        crate::metrics::describe_intake();
        let (status, watched) = watch::channel(Status::default());
        let stop = Arc::new(AtomicBool::new(false));
        let (end, ended) = oneshot::channel();
        let (api, runtime, stopping) = (Arc::clone(api), Handle::current(), Arc::clone(&stop));
        // A thread, because it may block: the client runs its callbacks on the polling thread, and one drains revoked
        // partitions.
        std::thread::Builder::new().name("command-intake".to_owned()).spawn(move || {
            while !stopping.load(Ordering::Relaxed) {
                if let Err(lost) = session::run(&api, &settings, &runtime, &stopping, &status) {
                    metrics::counter!("intake_restarts_total").increment(1);
                    status.send_modify(|status| {
                        let trouble = Some(lost.to_string());
                        if std::mem::replace(&mut status.trouble, trouble.clone()) != trouble {
                            tracing::warn!("the command intake is interrupted and restarts: {lost}");
                        }
                    });
                    std::thread::sleep(RETRY_DELAY);
                }
            }
            drop(api);
            // The receiver is gone if the intake was dropped.
            let _ = end.send(());
        })?;
        Ok(Self { status: watched, stop, ended })
    }

    /// A handle that reports whether commands are taken.
    pub fn readiness(&self) -> IntakeReadiness {
        IntakeReadiness(self.status.clone())
    }

    /// Takes no more commands, finishes those under way, and leaves the group.
    pub async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if tokio::time::timeout(GRACE, &mut self.ended).await.is_err() {
            tracing::warn!(
                "the command intake does not end in time; another process repeats what it did not finish"
            );
        }
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Reports whether an intake takes commands.
#[derive(Debug, Clone)]
pub struct IntakeReadiness(watch::Receiver<Status>);

impl IntakeReadiness {
    /// Whether commands are taken at present.
    pub fn ready(&self) -> Result<(), IntakeNotReady> {
        if self.0.has_changed().is_err() {
            return Err(IntakeNotReady::Ended);
        }
        self.0.borrow().ready()
    }

    /// Sets the gauge `intake_ready`.
    pub fn update_metrics(&self) {
        metrics::gauge!("intake_ready").set(if self.ready().is_ok() { 1.0 } else { 0.0 });
    }

    /// The number of partitions that commands are taken from, as last reported.
    pub fn partitions(&self) -> usize {
        self.0.borrow().partitions
    }

    /// Waits until the readiness is as wanted, or the intake has ended.
    pub async fn until(&self, wanted: impl Fn(&Result<(), IntakeNotReady>) -> bool) {
        let mut status = self.0.clone();
        while !wanted(&self.ready()) {
            if status.changed().await.is_err() {
                return;
            }
        }
    }
}
