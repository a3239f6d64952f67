//! The newest events of the log, kept in memory for live subscriptions.
//!
//! Without it every subscription would read the file after every commit. It is only a cache: a page that is not
//! completely in it is read from the file.

use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};

use crate::record::Recorded;

/// Events kept: a subscription that falls further behind reads the file.
const MOST_EVENTS: usize = 4_096;
const MOST_BYTES: usize = 8 * 1_024 * 1_024;

/// The last events of the log, in log order.
#[derive(Debug, Default)]
pub(crate) struct Live(RwLock<Window>);

#[derive(Debug, Default)]
struct Window {
    events: VecDeque<Recorded>,
    bytes: usize,
    /// Every event at or after this position is in the window; none until the writer has started.
    complete_from: Option<u64>,
}

impl Live {
    /// Keeps all events committed from now on; `last` is the position of the last event so far, if there is one.
    pub(crate) fn begin_after(&self, last: Option<u64>) {
        let complete_from = Some(last.map_or(0, |last| last + 1));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Window { complete_from, ..Window::default() };
    }

    /// Adds committed events, in log order.
    pub(crate) fn extend(&self, committed: impl IntoIterator<Item = Recorded>) {
        let mut window = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for event in committed {
            window.bytes += event.payload_bytes();
            window.events.push_back(event);
        }
        while (window.events.len() > MOST_EVENTS || window.bytes > MOST_BYTES)
            && let Some(oldest) = window.events.pop_front()
        {
            window.bytes -= oldest.payload_bytes();
            window.complete_from = Some(oldest.position + 1);
        }
    }

    /// Calls `take` with the events from `next` on until it returns false. Returns whether it never did; none if some
    /// of the events are not kept.
    pub(crate) fn read(&self, next: u64, mut take: impl FnMut(&Recorded) -> bool) -> Option<bool> {
        let window = self.0.read().unwrap_or_else(PoisonError::into_inner);
        window.complete_from.filter(|from| *from <= next)?;
        let first = window.events.partition_point(|event| event.position < next);
        Some(window.events.range(first..).all(&mut take))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Ticks;
    use crate::record::StreamName;

    fn event(position: u64, bytes: usize) -> Recorded {
        Recorded {
            stream: StreamName::stored("s"),
            revision: position / 10,
            position,
            id: Uuid::from_u128(position.into()),
            event_type: "test".to_owned(),
            content_type: "application/octet-stream".to_owned(),
            created: Ticks(0),
            data: Bytes::from(vec![7; bytes]),
            metadata: Bytes::new(),
        }
    }

    fn read(live: &Live, next: u64, most: usize) -> Option<(Vec<u64>, bool)> {
        let mut found = Vec::new();
        let all = live.read(next, |event| {
            found.push(event.position);
            found.len() < most
        })?;
        Some((found, all))
    }

    #[test]
    fn it_knows_nothing_before_there_is_a_writer() {
        assert_eq!(read(&Live::default(), 0, 9), None);
    }

    #[test]
    fn it_is_read_from_where_it_is_complete() {
        let live = Live::default();
        live.begin_after(Some(70));
        assert_eq!(read(&live, 70, 9), None);
        assert_eq!(read(&live, 71, 9), Some((vec![], true)));
        live.extend([event(100, 1), event(110, 1), event(120, 1)]);
        assert_eq!(read(&live, 71, 9), Some((vec![100, 110, 120], true)));
        assert_eq!(read(&live, 101, 9), Some((vec![110, 120], true)));
        assert_eq!(read(&live, 101, 1), Some((vec![110], false)));
        assert_eq!(read(&live, 121, 9), Some((vec![], true)));
    }

    #[test]
    fn what_is_too_much_is_forgotten_from_the_front() {
        let live = Live::default();
        live.begin_after(None);
        live.extend((0..=MOST_EVENTS as u64).map(|number| event(number * 10, 1)));
        assert_eq!(read(&live, 0, 9), None);
        assert_eq!(read(&live, 1, 1), Some((vec![10], false)));
        live.extend([event(1_000_000, MOST_BYTES)]);
        assert_eq!(read(&live, 999_999, 9), Some((vec![1_000_000], true)));
        assert_eq!(read(&live, 40_000, 9), None);
    }
}
