//! How far a reactor is behind the log, measured at the log itself.
//!
//! A reactor that measured its own lag would report 0 once it is stuck. So another task looks up the end of the log
//! every second, and reports the age of the oldest event that is not handled.

use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{EventStore, ReadError, StreamFilter};
use metrics::gauge;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::running::Status;

/// How often the log is asked for its end.
const EVERY: Duration = Duration::from_secs(1);
/// The timeout of that request.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The reactor, and the streams that it follows.
#[derive(Debug)]
pub(crate) struct Lag {
    pub(crate) reactor: &'static str,
    pub(crate) filter: StreamFilter,
}

/// What the reactor has not handled yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Missing {
    positions: u64,
    /// When the oldest of it was recorded; none if that event cannot be read.
    since: Option<DateTime<Utc>>,
}

/// Reports the lag until the reactor ends. Before the reactor has begun, its lag is the time since it was started.
///
/// While the log cannot be read, the lag keeps growing, as events may have been appended since.
pub(crate) async fn tell(
    store: EventStore,
    lag: Lag,
    mut status: watch::Receiver<Status>,
    now: &(impl Fn() -> DateTime<Utc> + Send + Sync + ?Sized),
) {
    let reactor = lag.reactor;
    let _unknown_again = Unknown(reactor);
    let mut complete_until = now();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while status.has_changed().is_ok() {
        ticks.tick().await;
        let asked_at = now();
        let begun = {
            let status = status.borrow_and_update();
            status.has_begun.then(|| status.position.unwrap_or(0))
        };
        let mut is_complete = false;
        if let Some(position) = begun {
            let answer = timeout(TIMEOUT, missing(&store, &lag.filter, position)).await;
            let answer = answer.ok().and_then(Result::ok);
            gauge!("event_store_reachable").set(if answer.is_some() { 1.0 } else { 0.0 });
            if let Some(missing) = answer {
                is_complete = missing.is_none();
                complete_until = missing.map_or(asked_at, |missing| missing.since.unwrap_or(complete_until));
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a gauge is a float; 2^53 bytes of log are far off"
                )]
                gauge!("reactor_lag_positions", "reactor" => reactor)
                    .set(missing.map_or(0, |missing| missing.positions) as f64);
            }
        }
        let age = (now() - complete_until).as_seconds_f64().max(0.0);
        gauge!("reactor_lag_seconds", "reactor" => reactor).set(if is_complete { 0.0 } else { age });
    }
}

async fn missing(
    store: &EventStore,
    filter: &StreamFilter,
    position: u64,
) -> Result<Option<Missing>, ReadError> {
    let Some(end) = store.head_of(filter).await?.filter(|end| *end > position) else { return Ok(None) };
    let after = Some(position).filter(|position| *position > 0);
    let oldest = store.read_all(after, 1, filter).await?;
    let since = oldest.first().and_then(|event| event.metadata().ok()).map(|metadata| metadata.recorded_at);
    Ok(Some(Missing { positions: end - position, since }))
}

/// Sets the lag to NaN when the reactor ends: its last value would stay for ever.
struct Unknown(&'static str);

impl Drop for Unknown {
    fn drop(&mut self) {
        for name in ["reactor_lag_seconds", "reactor_lag_positions"] {
            gauge!(name, "reactor" => self.0).set(f64::NAN);
        }
    }
}
