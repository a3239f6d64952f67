//! The state that the events of a stream add up to, kept up to date.

use domain::EventContext;
use event_store::{EventStore, MetadataError, ReadError, RecordedEvent, Snapshot};
use schemas::DecodeError;
use thiserror::Error;

use super::event_sourced::EventSourced;
use super::snapshot::{Restored, SnapshotSchedule, restore};
use crate::failure::Failure;
use crate::store_trouble;

/// Why a stream cannot be folded.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("the stream cannot be read")]
    Read(#[from] ReadError),
    #[error("an event of the stream cannot be decoded")]
    Decode(#[from] DecodeError),
    #[error("an event of the stream has metadata that is not ours")]
    Metadata(#[from] MetadataError),
}

impl LoadError {
    /// The failure of a command on the stream.
    pub(crate) const fn failure<R>(&self) -> Failure<R> {
        match self {
            Self::Read(_) => Failure::StoreUnavailable,
            Self::Decode(_) | Self::Metadata(_) => Failure::Broken,
        }
    }
}

/// For how many appends after a conflict another process is expected to write to the same stream.
const EXPECTED_FOR: u8 = 16;

/// The folded state of a stream.
#[derive(Debug, Clone)]
pub(crate) struct FoldedState<A> {
    pub(crate) state: A,
    /// The position of the last event folded in; 0 before the first.
    pub(crate) position: u64,
    snapshot_schedule: SnapshotSchedule,
    /// For how many more appends another process is expected to write to the stream as well.
    others_expected_for: u8,
}

impl<A: EventSourced> FoldedState<A> {
    /// A state without a snapshot.
    pub(crate) const fn new(state: A, position: u64) -> Self {
        Self { state, position, snapshot_schedule: SnapshotSchedule::new(), others_expected_for: 0 }
    }

    /// Folds the events after the newest snapshot, if that is of the current version, or else all events.
    pub(crate) async fn load(store: &EventStore, stream: &str) -> Result<Self, LoadError> {
        let restored = match restore(store, stream).await {
            // Nor are its events to be had.
            Err(error @ ReadError::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(stream, %error, "snapshot not read; all events are folded");
                None
            }
            Ok(restored) => restored,
        };
        let mut loaded = match restored {
            Some(Restored { state, position, schedule }) => {
                Self { state, position, snapshot_schedule: schedule, others_expected_for: 0 }
            }
            None => Self::new(A::default(), 0),
        };
        loaded.catch_up(store, stream).await?;
        Ok(loaded)
    }

    /// Records that another process has just written to the stream.
    pub(crate) const fn expect_others(&mut self) {
        self.others_expected_for = EXPECTED_FOR;
    }

    /// Whether another process is expected to have written since. Then it is cheaper to read before a decision than
    /// to meet a conflict, and to keep the state from before the decision than to load it again.
    pub(crate) const fn expects_others(&self) -> bool {
        self.others_expected_for > 0
    }

    /// Records that an append met no conflict.
    pub(crate) const fn was_alone(&mut self) {
        self.others_expected_for = self.others_expected_for.saturating_sub(1);
    }

    /// Folds in whatever has been appended since; returns whether there was anything.
    pub(crate) async fn catch_up(&mut self, store: &EventStore, stream: &str) -> Result<bool, LoadError> {
        let events = store.load(stream, self.state.revision()).await?;
        store_trouble::is_over();
        for event in &events {
            self.fold(event)?;
        }
        Ok(!events.is_empty())
    }

    /// Folds in the next event of the stream.
    pub(crate) fn fold(&mut self, event: &RecordedEvent) -> Result<(), LoadError> {
        let metadata = event.metadata()?;
        let decoded = A::decode(&event.event_type, metadata.schema_version, &event.payload)?;
        self.state.evolve(&decoded, &EventContext::new(event.revision, event.position, &metadata));
        self.position = event.position;
        Ok(())
    }

    /// Returns the snapshot that is due now, if one is, with the stream that it goes to.
    pub(crate) fn due_snapshot(&mut self, stream: &str) -> Option<(String, Snapshot)> {
        self.snapshot_schedule.due_snapshot(stream, &self.state, self.position)
    }
}
