use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::message::{Message as _, OwnedMessage};
use tokio::sync::watch;

use super::tracker::Tracker;

/// How far the work of a partition may still go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Working,
    /// What has begun is finished; nothing is begun, and nothing is tried again.
    Closing,
    /// Nothing that is done now counts any more.
    Abandoned,
}

/// A message is not done: its lane is being let go of, or the session is over.
pub(super) struct Undone;

/// Messages of one key are done one after the other; those without a key have nothing to do with one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Named(Vec<u8>),
    None { offset: i64 },
}

/// One partition, for as long as it is assigned to this process.
#[derive(Debug)]
pub(super) struct Lane {
    state: Mutex<State>,
    idle: Condvar,
    phase: watch::Sender<Phase>,
}

#[derive(Debug, Default)]
struct State {
    tracker: Tracker,
    /// By key what waits; there is somebody at work on each key that is here.
    waiting: HashMap<Key, VecDeque<OwnedMessage>>,
}

impl Lane {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), idle: Condvar::new(), phase: watch::Sender::new(Phase::Working) }
    }

    /// Takes the next message: back comes one that somebody has to begin to work on, with its key.
    pub(super) fn take(&self, message: OwnedMessage) -> Option<(Key, OwnedMessage)> {
        let key = match message.key() {
            Some(key) => Key::Named(key.to_vec()),
            None => Key::None { offset: message.offset() },
        };
        let mut state = self.state();
        state.tracker.begin(message.offset());
        if *self.phase.borrow() > Phase::Working {
            // It is not passed over: whoever has the partition next begins at the first that is not done.
            return None;
        }
        if let Some(waiting) = state.waiting.get_mut(&key) {
            waiting.push_back(message);
            return None;
        }
        state.waiting.insert(key.clone(), VecDeque::new());
        Some((key, message))
    }

    /// Notes that a message is done, and gives the next of its key.
    pub(super) fn finish(&self, key: &Key, offset: i64) -> Option<OwnedMessage> {
        let mut state = self.state();
        state.tracker.finish(offset);
        if *self.phase.borrow() > Phase::Working {
            return None;
        }
        state.waiting.get_mut(key)?.pop_front()
    }

    /// Nobody works on this key any more.
    pub(super) fn leave(&self, key: &Key) {
        self.state().waiting.remove(key);
        self.idle.notify_all();
    }

    pub(super) fn under_way(&self) -> usize {
        self.state().tracker.under_way()
    }

    /// The offset up to which everything is done, if that is news.
    pub(super) fn news(&self) -> Option<i64> {
        self.state().tracker.news()
    }

    pub(super) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Begins nothing more.
    pub(super) fn close(&self) {
        self.phase.send_if_modified(|phase| {
            let is_new = *phase < Phase::Closing;
            *phase = (*phase).max(Phase::Closing);
            is_new
        });
    }

    /// Blocks until what has begun has ended, or that has taken as long as it may.
    pub(super) fn wait(&self, until: Instant) {
        let busy = |state: &mut State| !state.waiting.is_empty();
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.idle.wait_timeout_while(self.state(), left, busy);
        drop(waited);
        self.phase.send_replace(Phase::Abandoned);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
