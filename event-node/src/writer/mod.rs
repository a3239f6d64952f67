//! The one writer. Requests that wait together share a transaction, and each is answered only after the
//! commit of that transaction is on the disk.

mod apply;
mod group;
mod head;
mod recent;
mod table;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::record::{Expected, Proposed, StreamName};

pub(crate) use group::{Signals, Writer};

/// Requests that may wait; the next caller waits outside.
const QUEUED_REQUESTS: usize = 1_024;
/// Payload that may wait, in KiB, so that a burst of large appends cannot fill the memory.
const QUEUED_KIB: u32 = 64 * 1_024;

#[derive(Debug)]
pub(crate) enum Operation {
    Append { expected: Expected, events: Vec<Proposed> },
    Delete { expected: Expected },
    Tombstone { expected: Expected },
}

/// Where a write ended: none where it wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) revision: Option<u64>,
    pub(crate) position: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("the stream is at another revision than expected: read it again and decide anew")]
    WrongRevision { expected: Expected, current: Option<u64> },
    #[error("the stream was deleted for good: write to a stream of another name")]
    StreamDeleted,
    #[error(
        "some of these event ids are in the stream already and others are not: retry with the same events"
    )]
    IdsDiffer,
    #[error("the disk of the event store is full: free space on it; nothing of this write was stored")]
    Full,
    #[error("another program holds the file of the event store: close it; nothing of this write was stored")]
    Busy,
    #[error("the event store has stopped: whether this write was stored is unknown until it runs again")]
    Stopped,
}

#[derive(Debug)]
pub(crate) struct Work {
    stream: StreamName,
    operation: Operation,
    reply: oneshot::Sender<Result<Written, WriteError>>,
    _room: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Message {
    Work(Work),
    Stop,
}

/// Hands requests to the writer.
#[derive(Clone, Debug)]
pub(crate) struct WriterHandle {
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
}

pub(crate) struct Inbox(mpsc::Receiver<Message>);

/// A request that is in the queue: it can be waited for, or dropped, which withdraws it if it has not begun.
#[derive(Debug)]
pub(crate) struct Pending(oneshot::Receiver<Result<Written, WriteError>>);

impl WriterHandle {
    pub(crate) fn new() -> (Self, Inbox) {
        let (queue, inbox) = mpsc::channel(QUEUED_REQUESTS);
        (Self { queue, room: Arc::new(Semaphore::new(QUEUED_KIB as usize)) }, Inbox(inbox))
    }

    /// Takes a place in the queue. Requests of one caller are written in the order of these calls.
    pub(crate) async fn submit(
        &self,
        stream: StreamName,
        operation: Operation,
    ) -> Result<Pending, WriteError> {
        let room = Arc::clone(&self.room).acquire_many_owned(kib(&operation)).await.ok();
        let (reply, pending) = oneshot::channel();
        let work = Work { stream, operation, reply, _room: room };
        self.queue.send(Message::Work(work)).await.map_err(|_| WriteError::Stopped)?;
        Ok(Pending(pending))
    }

    pub(crate) async fn write(
        &self,
        stream: StreamName,
        operation: Operation,
    ) -> Result<Written, WriteError> {
        self.submit(stream, operation).await?.written().await
    }

    /// Lets the writer finish what is queued, then end.
    pub(crate) async fn stop(&self) {
        // A closed queue means that the writer has ended already.
        self.queue.send(Message::Stop).await.ok();
    }
}

impl Pending {
    pub(crate) async fn written(self) -> Result<Written, WriteError> {
        self.0.await.unwrap_or(Err(WriteError::Stopped))
    }
}

fn kib(operation: &Operation) -> u32 {
    let bytes: usize = match operation {
        Operation::Append { events, .. } => events.iter().map(Proposed::payload_bytes).sum(),
        Operation::Delete { .. } | Operation::Tombstone { .. } => 0,
    };
    u32::try_from(bytes / 1_024).unwrap_or(QUEUED_KIB).saturating_add(1).min(QUEUED_KIB)
}
