//! How much of the time a job in the background works.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The part of the time in which a job works, in percent. It rests in between, after each of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u8);

impl Pace {
    /// Works all the time.
    pub const WITHOUT_PAUSES: Self = Self(100);

    /// Works this much of the time: 1 to 100 percent, and the nearest of these instead of any other.
    pub fn new(percent: u8) -> Self {
        Self(percent.clamp(1, 100))
    }

    /// Does the step, and rests after it.
    pub(super) async fn keep<T>(self, step: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = step.await;
        sleep(self.rest_after(began.elapsed())).await;
        done
    }

    fn rest_after(self, worked: Duration) -> Duration {
        worked * (100 - u32::from(self.0)) / u32::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_for_the_rest_of_the_time() {
        let worked = Duration::from_millis(60);
        assert_eq!(Pace::new(50).rest_after(worked), Duration::from_millis(60));
        assert_eq!(Pace::new(25).rest_after(worked), Duration::from_millis(180));
        assert_eq!(Pace::WITHOUT_PAUSES.rest_after(worked), Duration::ZERO);
        assert_eq!(Pace::new(0), Pace::new(1));
    }
}
