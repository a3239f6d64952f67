//! Checkpoints: how far the node has looked for a filtered subscription, from where its reader may resume.

use crate::clock::Ticks;
use crate::wire::event_store::client::streams::read_resp::{Checkpoint, Content};

/// Decides when a filtered subscription gets a checkpoint.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Events in a window.
    window: u64,
    /// Events between two checkpoints: so many whole windows.
    interval: u64,
    looked_at: u64,
    window_begins_at: Option<u64>,
}

impl Checkpoints {
    /// After every so many windows; after every event if those would be more events than a 32-bit number can count.
    pub(super) fn every(windows: u32, window: u32) -> Self {
        let (window, interval) = match windows.checked_mul(window) {
            Some(interval) => (window, interval),
            None => (1, 1),
        };
        Self { window: window.into(), interval: interval.into(), looked_at: 0, window_begins_at: None }
    }

    /// To be called with the position of each event that was looked at, whether or not the filter admits it.
    ///
    /// A subscription that catches up is told where the window began that was looked at; a live one is told its last event.
    pub(super) fn after(&mut self, position: u64, is_live: bool) -> Option<Content> {
        let begins_at = *self.window_begins_at.get_or_insert(position);
        self.looked_at += 1;
        if !self.looked_at.is_multiple_of(self.window) {
            return None;
        }
        self.window_begins_at = None;
        let is_due = self.looked_at.is_multiple_of(self.interval);
        is_due.then(|| if is_live { checkpoint(position, position) } else { checkpoint(begins_at, 0) })
    }
}

fn checkpoint(commit_position: u64, prepare_position: u64) -> Content {
    Content::Checkpoint(Checkpoint {
        commit_position,
        prepare_position,
        timestamp: Some(Ticks::now().timestamp()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checkpoints after events at positions 10, 20, 30 and so on, each with its number of events.
    fn given(mut checkpoints: Checkpoints, events: u64, is_live: bool) -> Vec<(u64, u64, u64)> {
        let after = |event| match checkpoints.after(event * 10, is_live)? {
            Content::Checkpoint(given) => Some((event, given.commit_position, given.prepare_position)),
            other => panic!("{other:?}"),
        };
        (1..=events).filter_map(after).collect()
    }

    #[test]
    fn a_live_subscription_is_told_the_last_event_of_each_interval() {
        assert_eq!(given(Checkpoints::every(2, 3), 14, true), [(6, 60, 60), (12, 120, 120)]);
    }

    #[test]
    fn one_that_catches_up_is_told_where_the_last_window_began() {
        assert_eq!(given(Checkpoints::every(1, 3), 7, false), [(3, 10, 0), (6, 40, 0)]);
        assert_eq!(given(Checkpoints::every(2, 3), 7, false), [(6, 40, 0)]);
    }

    #[test]
    fn an_interval_that_cannot_be_counted_is_one_event() {
        assert_eq!(given(Checkpoints::every(u32::MAX, 2), 2, true), [(1, 10, 10), (2, 20, 20)]);
    }
}
