use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::message::{Message as _, OwnedMessage};
use tokio::sync::watch;

use super::tracker::Tracker;

/// What may still be done with a partition's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Working,
    /// Commands under way are finished; none are started or retried.
    Closing,
    /// Commands under way are given up.
    Abandoned,
}

/// A message was not processed: its partition is being released, or the session is over.
pub(super) struct Interrupted;

/// Messages of one key are processed in order; messages without a key are independent of one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Named(Vec<u8>),
    None { offset: i64 },
}

/// The messages of one partition, for as long as it is assigned to this process.
#[derive(Debug)]
pub(super) struct PartitionQueue {
    state: Mutex<State>,
    idle: Condvar,
    phase: watch::Sender<Phase>,
}

#[derive(Debug, Default)]
struct State {
    tracker: Tracker,
    /// The waiting messages by key; a task is working on each key in the map.
    waiting: HashMap<Key, VecDeque<OwnedMessage>>,
}

impl PartitionQueue {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), idle: Condvar::new(), phase: watch::Sender::new(Phase::Working) }
    }

    /// Takes the next message, and returns it with its key if a task has to be started for it.
    pub(super) fn take(&self, message: OwnedMessage) -> Option<(Key, OwnedMessage)> {
        let key = match message.key() {
            Some(key) => Key::Named(key.to_vec()),
            None => Key::None { offset: message.offset() },
        };
        let mut state = self.state();
        state.tracker.begin(message.offset());
        if *self.phase.borrow() > Phase::Working {
            // It is not lost: the partition's next owner starts at the first message that is not done.
            return None;
        }
        if let Some(waiting) = state.waiting.get_mut(&key) {
            waiting.push_back(message);
            return None;
        }
        state.waiting.insert(key.clone(), VecDeque::new());
        Some((key, message))
    }

    /// Marks a message as done, and returns the next of its key.
    pub(super) fn finish(&self, key: &Key, offset: i64) -> Option<OwnedMessage> {
        let mut state = self.state();
        state.tracker.finish(offset);
        if *self.phase.borrow() > Phase::Working {
            return None;
        }
        state.waiting.get_mut(key)?.pop_front()
    }

    /// Marks a key's task as ended.
    pub(super) fn leave(&self, key: &Key) {
        self.state().waiting.remove(key);
        self.idle.notify_all();
    }

    pub(super) fn under_way(&self) -> usize {
        self.state().tracker.under_way()
    }

    /// The offset up to which everything is done, if it has grown since the last call.
    pub(super) fn newly_done(&self) -> Option<i64> {
        self.state().tracker.newly_done()
    }

    pub(super) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Lets no more messages start.
    pub(super) fn close(&self) {
        self.phase.send_if_modified(|phase| {
            let is_new = *phase < Phase::Closing;
            *phase = (*phase).max(Phase::Closing);
            is_new
        });
    }

    /// Blocks until the messages under way are done, or until the deadline, and then gives up the rest.
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
