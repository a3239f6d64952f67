//! How far a reactor is behind the log, measured at the log itself.
//!
//! A reactor that measured its own lag would report 0 once it is stuck. So another task looks up the end of the log
//! every second, and remembers when it saw which end. Only this process's own clock, which never jumps, measures time: what
//! other clocks have written into the events does not matter.

use std::collections::VecDeque;
use std::time::Duration;

use event_store::{EventStore, StreamFilter};
use metrics::gauge;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::LogProgress;
use crate::running::{AtLog, Status};
use crate::store_state::why;

/// How often the log is asked for its end.
const EVERY: Duration = Duration::from_secs(1);
/// The timeout of that request.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long the log may not be read before it is told: a busy machine may miss one answer.
const AWAY_AFTER: Duration = Duration::from_secs(4);
/// How many ends are remembered; of more, every second one is forgotten, and those to come are taken half as often.
const MAX_ENDS: usize = 512;

/// The reactor, and the streams that it follows.
#[derive(Debug)]
pub(crate) struct Lag {
    pub(crate) reactor: &'static str,
    pub(crate) filter: StreamFilter,
}

/// Reports the lag until the reactor ends. Before the reactor has reached the end of the log once, its lag is the time since it
/// was started.
///
/// While the log cannot be read, the lag keeps growing, as events may have been appended since.
pub(crate) async fn tell(
    store: EventStore,
    lag: Lag,
    mut status: watch::Receiver<Status>,
    at_log: watch::Sender<AtLog>,
) {
    let reactor = lag.reactor;
    let _unknown_again = Unknown(reactor);
    let started_at = Instant::now();
    let mut seen = SeenEnds::default();
    let mut last_read_at = None;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while status.has_changed().is_ok() {
        ticks.tick().await;
        let asked_at = Instant::now();
        let mut is_complete = false;
        if status.borrow_and_update().has_begun {
            let answer = timeout(TIMEOUT, store.head_of(&lag.filter)).await;
            let end = match answer {
                Ok(Ok(end)) => Ok(end.unwrap_or(0)),
                Ok(Err(error)) => Err(why(&error)),
                Err(_) => Err(store.trouble().map_or_else(
                    || format!("{} does not answer: nothing came within {TIMEOUT:?}", store.servers()),
                    |trouble| trouble.to_string(),
                )),
            };
            // The reactor tells what is wrong with it.
            let is_another = store.recognised().is_err();
            gauge!("event_store_reachable").set(if end.is_ok() || is_another { 1.0 } else { 0.0 });
            let last_read_at = last_read_at.get_or_insert(asked_at);
            match &end {
                Err(_) if is_another => {
                    *last_read_at = asked_at;
                    at_log.send_modify(|at_log| at_log.away = None);
                }
                Ok(end) => {
                    *last_read_at = asked_at;
                    seen.add(*end, asked_at);
                }
                Err(why) if AWAY_AFTER <= last_read_at.elapsed() => {
                    at_log.send_modify(|at_log| at_log.away = Some(why.clone()));
                }
                Err(_) => {}
            }
            let (position, is_held_up) = {
                let status = status.borrow_and_update();
                (status.position.unwrap_or(0), status.trouble.is_some())
            };
            // While it is held up, its position may be that of another log.
            if !is_held_up {
                seen.reached(position);
            }
            if let Ok(end) = end {
                is_complete = !is_held_up && end <= position;
                let progress = Some(LogProgress { log_end: end, complete_until: seen.complete_until });
                at_log.send_replace(AtLog { progress, away: None });
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a gauge is a float; 2^53 bytes of log are far off"
                )]
                gauge!("reactor_lag_positions", "reactor" => reactor)
                    .set(end.saturating_sub(position) as f64);
            }
        }
        let age = seen.complete_until.unwrap_or(started_at).elapsed().as_secs_f64();
        gauge!("reactor_lag_seconds", "reactor" => reactor).set(if is_complete { 0.0 } else { age });
    }
}

/// When the log was seen to end where.
#[derive(Debug, Default)]
struct SeenEnds {
    /// Those that the reactor has not reached, in order.
    ahead: VecDeque<(u64, Instant)>,
    /// The least time between two of them.
    step: Duration,
    complete_until: Option<Instant>,
}

impl SeenEnds {
    fn add(&mut self, end: u64, at: Instant) {
        match self.ahead.back_mut() {
            Some((last, seen_at)) if *last == end => *seen_at = at,
            Some((_, seen_at)) if at - *seen_at < self.step => {}
            _ => self.ahead.push_back((end, at)),
        }
        if self.ahead.len() > MAX_ENDS {
            let mut is_kept = false;
            self.ahead.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.step = 2 * self.step.max(EVERY);
        }
    }

    fn reached(&mut self, position: u64) {
        while let Some((_, at)) = self.ahead.pop_front_if(|(end, _)| *end <= position) {
            self.complete_until = Some(at);
        }
        if self.ahead.is_empty() {
            self.step = Duration::ZERO;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_the_log_at_a_moment_is_complete_once_its_end_is_reached() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut seen = SeenEnds::default();
        seen.add(100, at(1));
        seen.reached(0);
        assert_eq!(seen.complete_until, None, "it may miss what is older than this process");
        seen.add(100, at(2));
        seen.add(180, at(3));
        seen.reached(120);
        assert_eq!(seen.complete_until, Some(at(2)), "the log ended there for as long");
        seen.add(260, at(4));
        seen.reached(120);
        assert_eq!(seen.complete_until, Some(at(2)), "it stands still");
        seen.reached(300);
        assert_eq!(seen.complete_until, Some(at(4)));
        seen.add(300, at(5));
        seen.reached(300);
        assert_eq!((seen.complete_until, seen.ahead.len()), (Some(at(5)), 0));
    }

    #[test]
    fn a_log_that_moves_for_days_is_remembered_roughly() {
        let start = Instant::now();
        let mut seen = SeenEnds::default();
        for second in 0..100_000_u64 {
            seen.add(second + 1, start + Duration::from_secs(second));
            assert!(seen.ahead.len() <= MAX_ENDS);
        }
        seen.reached(50_000);
        let complete = seen.complete_until.unwrap() - start;
        assert!((49_000..50_000).contains(&complete.as_secs()), "{complete:?}");
    }
}
