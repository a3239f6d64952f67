//! Messages that are logged once a second at most.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(1);

/// Lets one message a second through, and counts the others.
#[derive(Debug)]
pub struct Throttle(Mutex<(Option<Instant>, u64)>);

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl Throttle {
    /// One that has let no message through yet.
    pub const fn new() -> Self {
        Self(Mutex::new((None, 0)))
    }

    /// Whether a message is let through now; then, how many were not since the last.
    pub fn take(&self) -> Option<u64> {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, unsaid) = &mut *state;
        if last.is_some_and(|last| now.duration_since(last) < EVERY) {
            *unsaid += 1;
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_a_second_is_let_through_with_the_number_of_the_others() {
        let (throttle, start) = (Throttle::new(), Instant::now());
        let after = |millis| throttle.at(start + Duration::from_millis(millis));
        assert_eq!([after(0), after(1), after(999), after(1_000)], [Some(0), None, None, Some(2)]);
        assert_eq!(after(2_500), Some(0));
    }
}
