//! Reads the log to its end, ahead of the caller, in chunks.

use event_store::{EventStore, ReadError, RecordedEvent, StreamFilter};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Some events in the order of the log.
#[derive(Debug)]
pub struct Chunk {
    /// The events.
    pub events: Vec<RecordedEvent>,
    /// The position that it reaches.
    pub position: u64,
}

/// Everything after a position, to the end of the log. Reads ahead by a chunk or two, and stops when it is dropped.
#[derive(Debug)]
pub struct History {
    chunks: mpsc::Receiver<Result<Chunk, ReadError>>,
    reader: AbortHandle,
}

impl Chunk {
    /// Reads at most `max` events after a position; 0 is before the first.
    pub async fn read(
        store: &EventStore,
        filter: &StreamFilter,
        after: u64,
        max: usize,
    ) -> Result<Self, ReadError> {
        let events = store.read_all((0 < after).then_some(after), max, filter).await?;
        let position = events.last().map_or(after, |last| last.position);
        Ok(Self { events, position })
    }
}

impl History {
    /// Starts to read, in chunks of this many events. Must be called within a tokio runtime.
    pub fn read(store: &EventStore, filter: &StreamFilter, after: u64, chunk: usize) -> Self {
        let (sender, chunks) = mpsc::channel(1);
        let (store, filter) = (store.clone(), filter.clone());
        let reader = tokio::spawn(async move {
            let mut position = after;
            loop {
                let read = Chunk::read(&store, &filter, position, chunk).await;
                let is_last = read.as_ref().map_or(true, |read| read.events.len() < chunk);
                position = read.as_ref().map_or(position, |read| read.position);
                if sender.send(read).await.is_err() || is_last {
                    return;
                }
            }
        });
        Self { chunks, reader: reader.abort_handle() }
    }

    /// The next chunk; none after the last.
    pub async fn next(&mut self) -> Option<Result<Chunk, ReadError>> {
        self.chunks.recv().await
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
