//! The circuit breaker that keeps queries away from a failing cache.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many failures in a row open the breaker.
const FAILURES: u32 = 3;

/// A circuit breaker: after some failures in a row, or one refused write, it admits one trial per pause, until one
/// succeeds.
#[derive(Debug)]
pub(super) struct Breaker {
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The number of failures in a row.
    Closed { failures: u32 },
    /// The next trial is admitted at this instant. It may never end, so the one after it waits for time alone.
    Open { next_trial: Instant },
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Granted,
    /// After a trial, which is then expected to be made.
    AfterTrial,
    Denied,
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

    pub(super) fn admits(&self) -> Admission {
        let mut state = self.state();
        let State::Open { next_trial } = &mut *state else { return Admission::Granted };
        let now = Instant::now();
        if *next_trial > now {
            return Admission::Denied;
        }
        *next_trial = now + self.pause;
        Admission::AfterTrial
    }

    /// A call other than a trial succeeded. It may have begun before the breaker opened, so it closes nothing.
    pub(super) fn succeeded(&self) {
        if let State::Closed { failures } = &mut *self.state() {
            *failures = 0;
        }
    }

    pub(super) fn trial_succeeded(&self) -> Change {
        match std::mem::replace(&mut *self.state(), State::Closed { failures: 0 }) {
            State::Closed { .. } => Change::None,
            State::Open { .. } => Change::Closed,
        }
    }

    pub(super) fn failed(&self) -> Change {
        let mut state = self.state();
        if let State::Closed { failures } = &mut *state
            && *failures + 1 < FAILURES
        {
            *failures += 1;
            return Change::None;
        }
        self.open(&mut state)
    }

    /// A write was refused, as the next one would be.
    pub(super) fn refused(&self) -> Change {
        self.open(&mut self.state())
    }

    fn open(&self, state: &mut State) -> Change {
        let open = State::Open { next_trial: Instant::now() + self.pause };
        match std::mem::replace(state, open) {
            State::Closed { .. } => Change::Opened,
            State::Open { .. } => Change::None,
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
            assert_eq!(breaker.admits(), Admission::Granted);
            breaker.succeeded();
        }
        assert_eq!(opened().admits(), Admission::Denied);
    }

    #[tokio::test(start_paused = true)]
    async fn one_refused_write_opens_it_and_no_success_but_that_of_a_trial_closes_it() {
        let breaker = Breaker::new(RETRY_DELAY);
        assert_eq!([breaker.refused(), breaker.refused()], [Change::Opened, Change::None]);
        breaker.succeeded();
        assert_eq!(breaker.admits(), Admission::Denied);
        tokio::time::advance(RETRY_DELAY).await;
        assert_eq!(breaker.admits(), Admission::AfterTrial);
        assert_eq!(breaker.trial_succeeded(), Change::Closed);
        assert_eq!(breaker.admits(), Admission::Granted);
    }

    #[tokio::test(start_paused = true)]
    async fn while_open_one_trial_is_made_in_every_pause() {
        let breaker = opened();
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(4_999)).await;
            assert_eq!(breaker.admits(), Admission::Denied);
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!([breaker.admits(), breaker.admits()], [Admission::AfterTrial, Admission::Denied]);
            assert_eq!(breaker.failed(), Change::None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_succeeds_closes_it_and_one_that_never_ends_is_followed_by_another() {
        let breaker = opened();
        for _ in 0..2 {
            tokio::time::advance(RETRY_DELAY).await;
            assert_eq!(breaker.admits(), Admission::AfterTrial);
        }
        assert_eq!(breaker.trial_succeeded(), Change::Closed);
        assert_eq!([(); 3].map(|()| breaker.admits()), [Admission::Granted; 3]);
        assert_eq!([breaker.failed(), breaker.failed()], [Change::None; 2]);
    }
}
