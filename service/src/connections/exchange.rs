//! How far the exchange of requests and answers on one connection is.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// How long a request's head may take to arrive, from its first byte; also how long a new connection may stay silent.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an idle connection is kept: longer than a gateway keeps it, so that no command is sent over one that is
/// just being closed. Caddy keeps them for two minutes.
pub(crate) const KEPT_OPEN: Duration = Duration::from_secs(150);

/// The state of a connection between its bytes and the application. Both are on the same thread.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// Requests that reached the application and whose answers have not left yet.
    unanswered: Cell<usize>,
    /// How many of them have an answer that waits to be written.
    produced: Cell<usize>,
    waiting: Cell<Waiting>,
}

/// Since when the next request is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// Nothing of it has arrived.
    Idle(Instant),
    /// Its head has begun, or the connection is new.
    Head(Instant),
}

impl Exchange {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            unanswered: Cell::default(),
            produced: Cell::default(),
            waiting: Cell::new(Waiting::Head(now)),
        }
    }

    /// Whether no request is with the application, so that what comes next is a head.
    pub(super) fn expects_head(&self) -> bool {
        self.unanswered.get() == 0
    }

    /// When the next head must have arrived; `None` while a request is being answered.
    ///
    /// The server itself closes an idle connection in time, unless a part of a head came together with the request before.
    pub(super) fn head_deadline(&self) -> Option<Instant> {
        self.expects_head().then(|| match self.waiting.get() {
            Waiting::Idle(since) => since + KEPT_OPEN + HEAD_TIMEOUT,
            Waiting::Head(since) => since + HEAD_TIMEOUT,
        })
    }

    /// Bytes have arrived.
    pub(super) fn received(&self, now: Instant) {
        if self.expects_head() && matches!(self.waiting.get(), Waiting::Idle(_)) {
            self.waiting.set(Waiting::Head(now));
        }
    }

    /// A request has reached the application.
    pub(super) fn request_arrived(&self) {
        self.unanswered.set(self.unanswered.get() + 1);
    }

    /// An answer is complete, and waits to be written.
    pub(super) fn answer_produced(&self) {
        self.produced.set(self.produced.get() + 1);
    }

    /// Everything that was produced has been written.
    pub(super) fn flushed(&self, now: Instant) {
        if !self.expects_head() && self.produced.get() == self.unanswered.get() {
            self.unanswered.set(0);
            self.produced.set(0);
            self.waiting.set(Waiting::Idle(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_head_has_its_time_and_a_request_that_is_answered_has_none() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let exchange = Exchange::new(start);
        exchange.received(after(3));
        assert_eq!(exchange.head_deadline(), Some(after(10)), "from the opening");
        exchange.request_arrived();
        exchange.received(after(4));
        exchange.flushed(after(5));
        assert_eq!(exchange.head_deadline(), None, "it is with the application");
        exchange.answer_produced();
        assert_eq!(exchange.head_deadline(), None, "it is being written");
        exchange.flushed(after(20));
        assert_eq!(exchange.head_deadline(), Some(after(180)), "idle");
        exchange.received(after(100));
        exchange.received(after(105));
        assert_eq!(exchange.head_deadline(), Some(after(110)), "the second head, too");
    }
}
