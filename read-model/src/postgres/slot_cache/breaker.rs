//! The circuit breaker that keeps queries away from a failing cache.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many failures in a row open the breaker.
const FAILURES: u32 = 3;

/// A circuit breaker: after some failures in a row it admits one attempt per pause, until one succeeds.
#[derive(Debug)]
pub(super) struct Breaker {
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The number of failures in a row.
    Closed { failures: u32 },
    /// The next attempt is admitted at this instant. It may never end, so the one after it waits for time alone.
    Open { next_attempt: Instant },
}

/// Whether a success or failure has opened or closed the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened,
    Closed,
}

impl Breaker {
    pub(super) const fn new(pause: Duration) -> Self {
        Self { pause, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Whether an attempt may be made now; the attempt is then expected to be made.
    pub(super) fn admits(&self) -> bool {
        let mut state = self.state();
        let State::Open { next_attempt } = &mut *state else { return true };
        let now = Instant::now();
        let is_due = *next_attempt <= now;
        if is_due {
            *next_attempt = now + self.pause;
        }
        is_due
    }

    pub(super) fn succeeded(&self) -> Change {
        match std::mem::replace(&mut *self.state(), State::Closed { failures: 0 }) {
            State::Closed { .. } => Change::None,
            State::Open { .. } => Change::Closed,
        }
    }

    pub(super) fn failed(&self) -> Change {
        let mut state = self.state();
        let next_attempt = Instant::now() + self.pause;
        match &mut *state {
            State::Closed { failures } if *failures + 1 < FAILURES => {
                *failures += 1;
                Change::None
            }
            State::Closed { .. } => {
                *state = State::Open { next_attempt };
                Change::Opened
            }
            State::Open { .. } => {
                *state = State::Open { next_attempt };
                Change::None
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state changes in one step, so a panic elsewhere cannot corrupt it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY_DELAY: Duration = Duration::from_secs(5);

    fn opened() -> Breaker {
        let breaker = Breaker::new(RETRY_DELAY);
        assert_eq!([(); 3].map(|()| breaker.failed()), [Change::None, Change::None, Change::Opened]);
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn three_failures_in_a_row_open_it_and_a_success_begins_anew() {
        let breaker = Breaker::new(RETRY_DELAY);
        for _ in 0..2 {
            assert_eq!([breaker.failed(), breaker.failed()], [Change::None; 2]);
            assert!(breaker.admits());
            assert_eq!(breaker.succeeded(), Change::None);
        }
        assert!(!opened().admits());
    }

    #[tokio::test(start_paused = true)]
    async fn while_open_one_attempt_is_made_in_every_pause() {
        let breaker = opened();
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(4_999)).await;
            assert!(!breaker.admits());
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!([breaker.admits(), breaker.admits()], [true, false]);
            assert_eq!(breaker.failed(), Change::None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_succeeds_closes_it_and_one_that_never_ends_is_followed_by_another() {
        let breaker = opened();
        tokio::time::advance(RETRY_DELAY).await;
        assert!(breaker.admits());
        tokio::time::advance(RETRY_DELAY).await;
        assert!(breaker.admits());
        assert_eq!(breaker.succeeded(), Change::Closed);
        assert_eq!([(); 3].map(|()| breaker.admits()), [true; 3]);
        assert_eq!([breaker.failed(), breaker.failed()], [Change::None; 2]);
    }
}
