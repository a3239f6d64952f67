//! Commands that other systems send through Kafka, decided by the same code as those that come by HTTP.
//!
//! A message is a `CloudEvents` 1.0 event in binary mode: `ce_type` says what is asked for, `ce_id` is the idempotency
//! key, `ce_source` who asks, and the payload is the body of the HTTP call, with the ids of its path. What came of it is
//! written to the topic of replies. What cannot be read is written to the topic of dead letters, with the reason; where
//! it is known who asked, a reply says so too. What the rules refuse is a reply and no dead letter.
//!
//! - **A message is done once its reply or dead letter is acknowledged**, and only then its offset is committed. A
//!   message that is done again gets its first answer again, as a repeated HTTP call does; the reply is there twice then.
//!   A command that was refused is decided again: a success that follows a refusal of the same id is what counts.
//! - **Messages of one key are done in their order, one after the other**, those of other keys beside them.
//! - **What may pass is tried again** with the same id, until it has passed: a store that is away, too much to do.
//!   Nothing of the same key overtakes it. What breaks its handler goes to the dead letters after five failures.
//! - **A partition that goes to another process is let go of in good order**: what is being decided is finished, nothing
//!   new is begun.
//!
//! No Kafka transactions are used. A failure of Kafka is a restart of the intake, and touches nothing else.

mod attempts;
mod attributes;
mod callbacks;
#[cfg(test)]
mod describe;
mod lane;
mod lanes;
mod messages;
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

/// How long a Kafka that failed is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the end may take: what is under way is finished, and the group is left.
const GRACE: Duration = Duration::from_secs(15);

/// Why a session cannot go on.
#[derive(Debug, Error)]
enum Lost {
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    #[error("Kafka has no topic {0}; make it first")]
    NoTopic(String),
    #[error("a command broke the intake down; the log says how")]
    Broken,
}

/// An intake that is running. It ends when it is stopped or dropped.
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
        // The client calls back on the thread that asks it, and a partition is given up in such a call: it may block.
        std::thread::Builder::new().name("command-intake".to_owned()).spawn(move || {
            while !stopping.load(Ordering::Relaxed) {
                if let Err(lost) = session::run(&api, &settings, &runtime, &stopping, &status) {
                    metrics::counter!("intake_restarts_total").increment(1);
                    status.send_modify(|status| {
                        let trouble = Some(lost.to_string());
                        if std::mem::replace(&mut status.trouble, trouble.clone()) != trouble {
                            tracing::warn!("the intake of commands is interrupted and tried again: {lost}");
                        }
                    });
                    std::thread::sleep(PAUSE);
                }
            }
            drop(api);
            // Nobody waits for it if the intake was dropped.
            let _ = end.send(());
        })?;
        Ok(Self { status: watched, stop, ended })
    }

    /// Whether commands are taken, as far as is known; one that asks often keeps this one. See [`IntakeReadiness`].
    pub fn readiness(&self) -> IntakeReadiness {
        IntakeReadiness(self.status.clone())
    }

    /// Begins nothing more, lets what is under way end, and leaves the group.
    pub async fn stop(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if tokio::time::timeout(GRACE, &mut self.ended).await.is_err() {
            tracing::warn!(
                "the intake does not end in time; what it did not finish is done again by whoever is next"
            );
        }
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// How an intake is, for whoever asks again and again.
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

    /// Sets the gauge that says the same.
    pub fn tell(&self) {
        metrics::gauge!("intake_ready").set(if self.ready().is_ok() { 1.0 } else { 0.0 });
    }

    /// How many partitions commands are taken from, as far as is known.
    pub fn partitions(&self) -> usize {
        self.0.borrow().partitions
    }

    /// Waits until it is as wanted, or has ended.
    pub async fn until(&self, wanted: impl Fn(&Result<(), IntakeNotReady>) -> bool) {
        let mut status = self.0.clone();
        while !wanted(&self.ready()) {
            if status.changed().await.is_err() {
                return;
            }
        }
    }
}
