//! What came before what, by the clock of those who asked.

use tokio::time::Instant;

/// A stretch of the log: what was in it before a request was sent, and what came after its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// The state was at least as new as this.
    pub(crate) from: u64,
    /// And older than this.
    pub(crate) until: u64,
}

/// A request that led to events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effect {
    pub(crate) sent_at: Instant,
    pub(crate) done_at: Instant,
    /// Where its first event is.
    pub(crate) first: u64,
    /// Where its last event is.
    pub(crate) last: u64,
}

#[derive(Debug)]
pub(crate) struct Order {
    /// By the time of the answer: the newest event of everything answered until then.
    newest_by_answer: Vec<(Instant, u64)>,
    /// By the time of the request, latest first: the oldest event of everything sent since then.
    oldest_by_request: Vec<(Instant, u64)>,
}

impl Order {
    pub(crate) fn of(done: &[Effect]) -> Self {
        let mut newest_by_answer: Vec<_> = done.iter().map(|done| (done.done_at, done.last)).collect();
        let mut oldest_by_request: Vec<_> = done.iter().map(|done| (done.sent_at, done.first)).collect();
        newest_by_answer.sort();
        running(&mut newest_by_answer, u64::max);
        oldest_by_request.sort_by(|one, other| other.cmp(one));
        running(&mut oldest_by_request, u64::min);
        Self { newest_by_answer, oldest_by_request }
    }

    /// What was answered before it was sent was there; what was sent after its answer was not.
    pub(crate) fn window(&self, sent_at: Instant, done_at: Instant) -> Window {
        let before = self.newest_by_answer.partition_point(|(at, _)| *at < sent_at);
        let after = self.oldest_by_request.partition_point(|(at, _)| *at > done_at);
        Window {
            from: before.checked_sub(1).map_or(0, |last| self.newest_by_answer[last].1),
            until: after.checked_sub(1).map_or(u64::MAX, |last| self.oldest_by_request[last].1),
        }
    }
}

fn running(entries: &mut [(Instant, u64)], choose: fn(u64, u64) -> u64) {
    let mut best = None;
    for (_, position) in entries {
        *position = best.map_or(*position, |best| choose(best, *position));
        best = Some(*position);
    }
}
