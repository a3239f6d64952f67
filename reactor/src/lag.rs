//! How far a reactor is behind the log, asked of the log itself.
//!
//! Whoever tells only of what it did last says 0 once it does nothing. So the end of the log is looked up every second
//! by somebody else, and while something lies behind it, the age of the oldest event that does is told.

use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{EventStore, ReadError, StreamFilter};
use metrics::gauge;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::running::Status;

/// How often the log is asked for its end.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whose it is, and of which streams.
#[derive(Debug)]
pub(crate) struct Lag {
    pub(crate) reactor: &'static str,
    pub(crate) filter: StreamFilter,
}

/// What the log says is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Missing {
    positions: u64,
    /// When the oldest of it was recorded; none if that event cannot be read.
    since: Option<DateTime<Utc>>,
}

/// Tells until the reactor ends. Until it has said where it begins, the age is of that silence.
///
/// While the log cannot be asked, something may have been missing since it was asked last: so the age goes on growing.
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
            let answer = timeout(PATIENCE, missing(&store, &lag.filter, position)).await;
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

/// Who follows no more knows no lag: what it said last would stand there for ever.
struct Unknown(&'static str);

impl Drop for Unknown {
    fn drop(&mut self) {
        for name in ["reactor_lag_seconds", "reactor_lag_positions"] {
            gauge!(name, "reactor" => self.0).set(f64::NAN);
        }
    }
}
