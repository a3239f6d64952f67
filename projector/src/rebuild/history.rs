//! The log as far as it goes, a chunk at a time, decoded.

use event_store::{EventStore, ReadError, RecordedEvent, StreamFilter};
use read_model::{ProjectError, ProjectedEvent};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::{CHUNK, RebuildFailure};
use crate::Failure;
use crate::decode::decode;

/// Some events in the order of the log.
#[derive(Debug)]
pub(super) struct Chunk {
    recorded: Vec<RecordedEvent>,
    /// Those of them that are ours, up to the first that cannot be read.
    pub(super) events: Vec<ProjectedEvent>,
    /// How far it reaches, if all can be read.
    pub(super) position: u64,
    /// The first that cannot be read.
    failure: Option<Failure>,
}

/// Reads ahead of the one who asks, by a chunk or two. Ends when it is dropped.
#[derive(Debug)]
pub(super) struct History {
    chunks: mpsc::Receiver<Result<Chunk, ReadError>>,
    reader: AbortHandle,
}

impl History {
    /// Everything after a position.
    pub(super) fn read(store: &EventStore, filter: &StreamFilter, after: u64) -> Self {
        let (sender, chunks) = mpsc::channel(1);
        let (store, filter) = (store.clone(), filter.clone());
        let reader = tokio::spawn(async move {
            let mut position = after;
            loop {
                let chunk = next(&store, &filter, position, CHUNK).await;
                let is_last = chunk.as_ref().map_or(true, |chunk| chunk.recorded.len() < CHUNK);
                position = chunk.as_ref().map_or(position, |chunk| chunk.position);
                if sender.send(chunk).await.is_err() || is_last {
                    return;
                }
            }
        });
        Self { chunks, reader: reader.abort_handle() }
    }

    /// What comes next; nothing once the log had no more.
    pub(super) async fn next(&mut self) -> Option<Result<Chunk, ReadError>> {
        self.chunks.recv().await
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// At most so many events after a position.
pub(super) async fn next(
    store: &EventStore,
    filter: &StreamFilter,
    after: u64,
    max: usize,
) -> Result<Chunk, ReadError> {
    let recorded = store.read_all((0 < after).then_some(after), max, filter).await?;
    let mut events = Vec::with_capacity(recorded.len());
    let mut failure = None;
    for event in &recorded {
        match decode(event) {
            Ok(Some(event)) => events.push(event),
            Ok(None) => {}
            Err(cannot) => {
                failure = Some(cannot);
                break;
            }
        }
    }
    let position = recorded.last().map_or(after, |last| last.position);
    Ok(Chunk { recorded, events, position, failure })
}

impl Chunk {
    /// Whether all of it is projected, given what became of its events.
    pub(super) fn projected(self, applied: Result<(), ProjectError>) -> Result<(), RebuildFailure> {
        match (applied, self.failure) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(failure)) => Err(RebuildFailure::Event(failure)),
            (Err(ProjectError::Unavailable(unavailable)), _) => Err(unavailable.into()),
            (Err(ProjectError::Misfit(error)), _) => {
                let failure = Failure::misfit(&self.recorded, error);
                let failure = failure.expect("an event that was applied is one of the chunk");
                Err(RebuildFailure::Event(failure))
            }
        }
    }
}
