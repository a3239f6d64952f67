use std::time::Duration;

use tokio::time::Instant;

use crate::cause::Cause;
use crate::connection::pause_after;
use crate::fault::Fault;

/// Interruptions up to this long are not reported: servers drop subscribers that are slow for a moment, and leaders change.
const UNREPORTED: Duration = Duration::from_secs(2);

/// The present interruption of a subscription, if there is one.
#[derive(Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    failures: u32,
    confirmed_at: Option<Instant>,
    reported: Option<Report>,
}

/// What was reported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Report {
    /// Something that passes by itself.
    Passing,
    /// A cause that an operator has to remove.
    Lasting(Cause),
}

impl Outage {
    /// How long to wait before the next attempt: not at all for the first after an interruption, and longer every time.
    pub(super) fn pause(&self) -> Duration {
        pause_after(self.failures.saturating_sub(1))
    }

    /// The server has accepted the subscription, which is silent as long as there is nothing to say.
    pub(super) fn is_confirmed(&mut self) {
        self.confirmed_at = Some(Instant::now());
    }

    /// Something has come. If it is nothing new, and all is lost again at once, the next attempts wait all the same.
    pub(super) fn is_over(&mut self, is_new: bool) {
        self.since = None;
        self.reported = None;
        if is_new {
            self.failures = 0;
        }
    }

    /// Records another failure; true if the interruption is to be reported now.
    pub(super) fn goes_on(&mut self, fault: &Fault) -> bool {
        let now = Instant::now();
        if self.confirmed_at.take().is_some_and(|confirmed_at| UNREPORTED <= now - confirmed_at) {
            // It went on quietly meanwhile: this is another interruption.
            self.since = None;
            self.failures = 0;
        }
        let since = *self.since.get_or_insert(now);
        self.failures = self.failures.saturating_add(1);
        let cause = fault.cause();
        let report = if cause.needs_operator() { Report::Lasting(cause) } else { Report::Passing };
        let is_due = UNREPORTED <= now - since || cause.needs_operator();
        is_due && self.reported.replace(report) != Some(report)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn away() -> Fault {
        Fault::new(Cause::Unreachable, "away")
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_lasts_is_reported_and_only_once() {
        let mut outage = Outage::default();
        assert_eq!(outage.pause(), Duration::ZERO);
        assert!(!outage.goes_on(&away()));
        assert_eq!(outage.pause(), Duration::ZERO, "the first repetition goes at once");
        advance(Duration::from_millis(1_999)).await;
        assert!(!outage.goes_on(&away()));
        assert!(Duration::ZERO < outage.pause());
        advance(Duration::from_millis(1)).await;
        assert!(outage.goes_on(&away()));
        assert!(!outage.goes_on(&away()));
        assert!(!outage.goes_on(&Fault::new(Cause::Silent, "silent")), "which comes to the same");
        assert!(outage.goes_on(&Fault::new(Cause::WrongPassword, "wrong")), "somebody has to do something");
        outage.is_over(false);
        assert!(Duration::ZERO < outage.pause());
        outage.is_over(true);
        assert_eq!(outage.pause(), Duration::ZERO);
        assert!(!outage.goes_on(&away()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_only_an_operator_can_end_is_reported_at_once() {
        let mut outage = Outage::default();
        assert!(outage.goes_on(&Fault::new(Cause::WrongPassword, "wrong")));
        assert!(!outage.goes_on(&Fault::new(Cause::WrongPassword, "wrong")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscription_that_was_silent_for_long_is_not_interrupted_all_that_time() {
        let mut outage = Outage::default();
        assert!(!outage.goes_on(&away()));
        outage.is_confirmed();
        advance(Duration::from_hours(1)).await;
        assert!(!outage.goes_on(&away()));
        advance(Duration::from_secs(2)).await;
        assert!(outage.goes_on(&away()));
    }
}
