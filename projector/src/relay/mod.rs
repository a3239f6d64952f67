//! What happens to appointments, told to other systems through Kafka: every public event once, in order for each agent.
//!
//! [`spawn`] follows the event store by itself, so that a broker that is away holds up nothing else, and writes each
//! public event as a `CloudEvents` 1.0 message in binary mode, under its agent's id as key. What is public, and what
//! of it leaves, says [`schemas::AgentEvent::published`].
//!
//! It keeps no checkpoint of its own: the records say how far it came, see `tails.rs`. A restart, a broker that went
//! away and a record that was refused are one case: the tails are read again and the relay goes on after them. So
//! nothing that was acknowledged is written again, and nothing is left out. A record that was under way when a process
//! or a connection broke down can be there twice, because nothing but a Kafka transaction could exclude that; whoever
//! reads knows it by its `ce_id`.

mod partition;
mod record;
mod session;
mod settings;
mod status;
mod tails;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{EventStore, StreamFilter};
use rdkafka::error::KafkaError;
use schemas::stream;
use thiserror::Error;
use tokio::sync::watch;

use crate::Failure;
use crate::lag::{self, Lag};

use session::Session;
use status::Status;

pub use settings::RelaySettings;
pub use status::{Relay, RelayNotReady};

/// How long a broker that failed is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// How often the age of what waits is told.
const AGE_INTERVAL: Duration = Duration::from_secs(1);

/// Why a relay cannot go on as it is.
#[derive(Debug, Error)]
enum Stopped {
    /// An event cannot be read; it would be left out.
    #[error(transparent)]
    At(Failure),
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    #[error("Kafka has no topic {0}; make it first")]
    NoTopic(String),
    #[error("the last record of partition {partition} says no position: somebody else writes to the topic")]
    Foreign { partition: i32 },
    #[error("Kafka does not give the last records of the topic")]
    TailsUnread,
    /// Ended together with the runtime.
    #[error("the threads that ask Kafka are ending")]
    Ending,
}

/// Begins to relay everything after the last record of the topic, for as long as the answer is kept.
///
/// `now` is asked once a second, for the age of what waits. Must be called within a tokio runtime.
pub fn spawn(
    store: &EventStore,
    settings: RelaySettings,
    now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
) -> Relay {
    crate::metrics::describe_relay();
    let (status, watched) = watch::channel(Status::default());
    let now = Arc::new(now);
    let telling = tokio::spawn(tell_age(store.clone(), watched.clone(), Arc::clone(&now)));
    let store = store.clone();
    let running = tokio::spawn(async move { relay(&store, &settings, &status, &*now).await });
    Relay::new(watched, [running.abort_handle(), telling.abort_handle()])
}

/// One session after the other, until an event cannot be read.
async fn relay(
    store: &EventStore,
    settings: &RelaySettings,
    status: &watch::Sender<Status>,
    now: &impl Fn() -> DateTime<Utc>,
) {
    loop {
        let stopped = match Session::begin(settings, status).await {
            Ok(session) => match session.follow(store).await {
                Ok(never) => match never {},
                Err(stopped) => stopped,
            },
            Err(stopped) => stopped,
        };
        match stopped {
            Stopped::At(failure) => {
                tracing::error!(cause = %failure.cause, "the relay stops: {failure}");
                status.send_modify(|status| status.failure = Some(Arc::new(failure)));
                return;
            }
            lost => {
                metrics::counter!("relay_retries_total").increment(1);
                status.send_modify(|status| {
                    status.waiting_since.get_or_insert_with(now);
                    if status.trouble.replace(lost.to_string()).is_none() {
                        tracing::warn!("the relay is interrupted and tried again: {lost}");
                    }
                });
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Tells how old the oldest event is that is not written. Where nobody knows yet how far the topic is, how long that
/// has been so.
async fn tell_age(
    store: EventStore,
    status: watch::Receiver<Status>,
    now: Arc<impl Fn() -> DateTime<Utc> + Send + Sync + 'static>,
) {
    let mut ticks = tokio::time::interval(AGE_INTERVAL);
    while status.borrow().reached.is_none() {
        ticks.tick().await;
        let since = status.borrow().waiting_since;
        let age = since.map_or(0.0, |since| (now() - since).as_seconds_f64().max(0.0));
        metrics::gauge!("relay_age_seconds").set(age);
    }
    let filter = StreamFilter::prefixes([stream::AGENT_PREFIX]);
    let lag = Lag { seconds: "relay_age_seconds", positions: "relay_lag_positions", filter };
    match lag::tell(store, lag, move || status.borrow().reached, move || now()).await {}
}
