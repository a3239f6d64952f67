use std::collections::BTreeSet;

/// Which messages of a partition are under way, and up to where all are done.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    under_way: BTreeSet<i64>,
    /// One more than the greatest offset that was ever begun.
    next: i64,
    told: i64,
}

impl Tracker {
    pub(super) fn begin(&mut self, offset: i64) {
        self.under_way.insert(offset);
        self.next = self.next.max(offset + 1);
    }

    pub(super) fn finish(&mut self, offset: i64) {
        self.under_way.remove(&offset);
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// The last offset up to which everything is done, if it has grown since the last call.
    pub(super) fn newly_done(&mut self) -> Option<i64> {
        let done = self.under_way.first().copied().unwrap_or(self.next);
        if done <= self.told {
            return None;
        }
        self.told = done;
        Some(done - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_before_what_came_before_it() {
        let mut tracker = Tracker::default();
        for offset in [5, 6, 9] {
            tracker.begin(offset);
        }
        // Everything before the first message counts as done.
        assert_eq!(tracker.newly_done(), Some(4));
        tracker.finish(6);
        assert_eq!((tracker.newly_done(), tracker.under_way()), (None, 2));
        tracker.finish(5);
        assert_eq!(tracker.newly_done(), Some(8), "7 and 8 are not there, and need not be waited for");
        tracker.finish(9);
        assert_eq!((tracker.newly_done(), tracker.newly_done()), (Some(9), None));
    }
}
