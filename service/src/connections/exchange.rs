//! How far the exchange of requests and answers on one connection is.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// How long a request's head may take to arrive, from its first byte; also how long a new connection may stay silent.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an idle connection is kept: longer than a gateway keeps it, so that no command is sent over one that is
/// just being closed. Caddy keeps them for two minutes, `deploy/gateway/haproxy.cfg` less.
const KEPT_OPEN: Duration = Duration::from_secs(150);

/// The state of a connection between its bytes and the application. Both are on the same thread.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// Requests that reached the application and whose answers have not left yet.
    unanswered: Cell<usize>,
    /// How many of them have an answer that waits to be written.
    produced: Cell<usize>,
    body: Cell<Body>,
    waiting: Cell<Waiting>,
    /// The last bytes that were read: whether they end a head.
    last_bytes: Cell<[u8; END_OF_HEAD.len()]>,
}

/// How every head ends.
const END_OF_HEAD: [u8; 4] = *b"\r\n\r\n";

/// The body of the last request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// It has none.
    None,
    /// It is being read.
    Wanted,
    /// It has been read to its end, or is not wanted.
    Done,
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
            body: Cell::new(Body::None),
            last_bytes: Cell::new(END_OF_HEAD),
            waiting: Cell::new(Waiting::Head(now)),
        }
    }

    /// Whether no request is with the application, so that what comes next is a head.
    pub(super) fn expects_head(&self) -> bool {
        self.unanswered.get() == 0
    }

    /// Whether a head has begun to arrive, or a new connection is silent.
    pub(super) fn awaits_head(&self) -> bool {
        matches!(self.waiting.get(), Waiting::Head(_))
    }

    /// When the next head must have arrived, or at least begun; `None` while a request is being answered.
    pub(super) fn head_deadline(&self) -> Option<Instant> {
        self.expects_head().then(|| match self.waiting.get() {
            Waiting::Idle(since) => since + KEPT_OPEN,
            Waiting::Head(since) => since + HEAD_TIMEOUT,
        })
    }

    /// Whether whatever arrives now is for a later request, which can wait until this one is answered.
    pub(super) fn reads_nothing(&self) -> bool {
        !self.expects_head() && self.body.get() != Body::Wanted
    }

    /// Bytes have arrived.
    pub(super) fn received(&self, bytes: &[u8], now: Instant) {
        let mut last = self.last_bytes.get();
        let few = &bytes[bytes.len().saturating_sub(END_OF_HEAD.len())..];
        last.rotate_left(few.len() % END_OF_HEAD.len());
        last[END_OF_HEAD.len() - few.len()..].copy_from_slice(few);
        self.last_bytes.set(last);
        if self.expects_head() && matches!(self.waiting.get(), Waiting::Idle(_)) {
            self.waiting.set(Waiting::Head(now));
        }
    }

    /// A request has reached the application.
    pub(super) fn request_arrived(&self, has_body: bool) {
        self.unanswered.set(self.unanswered.get() + 1);
        self.body.set(if has_body { Body::Wanted } else { Body::None });
    }

    /// No more of the last request's body is wanted.
    pub(super) fn body_done(&self) {
        if self.body.get() == Body::Wanted {
            self.body.set(Body::Done);
        }
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
            // What came with a request that has no body, and is no whole head, begins the next one.
            let has_begun = self.body.get() == Body::None && self.last_bytes.get() != END_OF_HEAD;
            self.waiting.set(if has_begun { Waiting::Head(now) } else { Waiting::Idle(now) });
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
        exchange.received(b"GET /", after(3));
        assert_eq!(exchange.head_deadline(), Some(after(10)), "from the opening");
        exchange.received(b"readyz HTTP/1.1\r\n\r\n", after(3));
        exchange.request_arrived(false);
        assert!(exchange.reads_nothing());
        exchange.flushed(after(5));
        assert_eq!(exchange.head_deadline(), None, "it is with the application");
        exchange.answer_produced();
        assert_eq!(exchange.head_deadline(), None, "it is being written");
        exchange.flushed(after(20));
        assert_eq!(exchange.head_deadline(), Some(after(170)), "idle");
        exchange.received(b"G", after(100));
        exchange.received(b"E", after(105));
        assert_eq!(exchange.head_deadline(), Some(after(110)), "the second head, too");
    }

    #[test]
    fn a_head_that_begins_behind_another_request_has_its_time_from_that_ones_answer() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let exchange = Exchange::new(start);
        exchange.received(b"GET /livez HTTP/1.1\r\n\r\nGET /li", after(1));
        exchange.request_arrived(false);
        exchange.answer_produced();
        exchange.flushed(after(2));
        assert_eq!(exchange.head_deadline(), Some(after(12)));
    }

    #[test]
    fn a_head_may_arrive_in_any_pieces() {
        let start = Instant::now();
        for pieces in
            [&[&b"GET /livez HTTP/1.1\r\n"[..], b"\r\n"][..], &[b"GET / HTTP/1.1\r", b"\n\r", b"\n"]]
        {
            let exchange = Exchange::new(start);
            for piece in pieces {
                exchange.received(piece, start);
            }
            exchange.request_arrived(false);
            exchange.answer_produced();
            exchange.flushed(start);
            assert_eq!(exchange.head_deadline(), Some(start + KEPT_OPEN), "it is idle: {pieces:?}");
        }
    }

    #[test]
    fn only_a_body_is_read_while_a_request_is_answered() {
        let exchange = Exchange::new(Instant::now());
        assert!(!exchange.reads_nothing());
        exchange.request_arrived(true);
        assert!(!exchange.reads_nothing());
        exchange.body_done();
        assert!(exchange.reads_nothing(), "what comes behind the body is for a later request");
        exchange.request_arrived(false);
        assert!(exchange.reads_nothing());
    }
}
