//! The progress of a rebuild or a verification: a bar on a terminal, or else a line in the log every few seconds.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// How often the progress is logged.
const EVERY: Duration = Duration::from_secs(5);

const BAR: &str = "{percent:>3} % of the log [{bar:30}] {msg}";

/// Reports the progress through the log on standard error.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    began: Instant,
    from: u64,
    end: u64,
    events: u64,
    /// When the rate was last computed, and the number of events then.
    told: (Instant, u64),
}

impl Progress {
    /// A bar on a terminal, lines in the log elsewhere.
    pub fn new(is_terminal: bool) -> Self {
        let bar = is_terminal.then(|| {
            let style =
                ProgressStyle::with_template(BAR).expect("the bar is well formed").progress_chars("=> ");
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style)
        });
        let now = Instant::now();
        let state = Mutex::new(State { began: now, from: 0, end: 0, events: 0, told: (now, 0) });
        Self { bar, state }
    }

    /// Starts at the position `from` of the log, which ends at `end`.
    pub(crate) fn begin(&self, from: u64, end: u64) {
        let now = Instant::now();
        *self.lock() = State { began: now, from, end, events: 0, told: (now, 0) };
        if let Some(bar) = &self.bar {
            bar.set_length(end);
            bar.set_position(from);
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Records that this many more events are applied, up to this position.
    pub(crate) fn reached(&self, position: u64, events: usize) {
        let mut state = self.lock();
        state.events += events as u64;
        let now = Instant::now();
        let (told_at, told_events) = state.told;
        let since = now - told_at;
        let is_due = EVERY <= since;
        if is_due {
            state.told = (now, state.events);
        }
        let told = *state;
        drop(state);
        let rate = per_second(told.events - told_events, since);
        let left = left(told.from, position, told.end, now - told.began);
        let events = HumanCount(told.events);
        if let Some(bar) = &self.bar {
            bar.set_length(told.end.max(position));
            bar.set_position(position);
            bar.set_message(format!("{events} events, {} a second, {left}", HumanCount(rate)));
        } else if is_due {
            let percent = percent(position, told.end);
            tracing::info!(
                position,
                events_per_second = rate,
                "{percent} % of the log, {events} events, {left}"
            );
        }
    }

    /// Logs a message.
    pub fn say(&self, what: &str) {
        self.beside_the_bar(|| tracing::info!("{what}"));
    }

    /// Logs an error.
    pub fn alarm(&self, what: &str) {
        self.beside_the_bar(|| tracing::error!("{what}"));
    }

    fn beside_the_bar(&self, log: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(log),
            None => log(),
        }
    }

    /// Ends the progress, and logs the totals.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
        let state = *self.lock();
        let rate = per_second(state.events, state.began.elapsed());
        let (events, took) = (HumanCount(state.events), state.began.elapsed());
        self.say(&format!("{events} events in {:.1} s, {} a second", took.as_secs_f64(), HumanCount(rate)));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn percent(position: u64, end: u64) -> u64 {
    (position.min(end) * 100).checked_div(end).unwrap_or(100)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for people to read, never below nothing"
)]
fn per_second(events: u64, time: Duration) -> u64 {
    (events as f64 / time.as_secs_f64().max(0.001)) as u64
}

/// The time left by the pace so far, in positions, because the number of events to come is not known.
fn left(from: u64, position: u64, end: u64, took: Duration) -> String {
    let done = position.saturating_sub(from);
    if end <= position {
        return "almost there".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "for people to read")]
    let left = took.as_secs_f64() * (end - position) as f64 / done.max(1) as f64;
    Duration::try_from_secs_f64(left)
        .map_or_else(|_| "long to go".to_owned(), |left| format!("{} left", HumanDuration(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_goes_by_the_pace_of_this_run() {
        assert_eq!(left(500, 600, 1_000, Duration::from_secs(10)), "40 seconds left");
        assert_eq!(left(0, 0, 1_000, Duration::from_secs(1)), "17 minutes left");
        assert_eq!(left(0, 1_000, 1_000, Duration::from_secs(1)), "almost there");
        assert_eq!(
            left(0, 1, u64::MAX, Duration::from_mins(1)),
            left(0, 1, u64::MAX, Duration::from_mins(1))
        );
    }

    #[test]
    fn an_empty_log_is_read_to_its_end() {
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(900, 1_000), 90);
        assert_eq!(per_second(10, Duration::ZERO), 10_000);
    }
}
