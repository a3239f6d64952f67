//! The single writer. Waiting requests share a transaction, and each gets its reply only after the commit is
//! on disk.

mod apply;
mod checkpoint;
mod decision;
mod group;
mod head;
mod recent_ids;
mod table;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::record::{Expected, Proposed, StreamName};

pub(crate) use group::{Signals, Writer};

/// Requests in the queue at most; further callers wait to enter it.
const QUEUED_REQUESTS: usize = 1_024;
/// Payload in the queue at most, in KiB, so that a burst of large appends cannot fill the memory.
const QUEUED_KIB: u32 = 64 * 1_024;

#[derive(Debug)]
pub(crate) enum Operation {
    Append { expected: Expected, events: Vec<Proposed> },
    Delete { expected: Expected },
    Tombstone { expected: Expected },
}

/// The revision that a write ended at, and the position of its last event; no position if no event is there that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) revision: Option<u64>,
    pub(crate) position: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("the stream is at another revision than expected: read it again, then retry")]
    WrongRevision { expected: Expected, current: Option<u64> },
    #[error("the stream was deleted: write to a stream of another name")]
    StreamDeleted,
    #[error("the disk of the event store is full: free space on it; nothing of this write was stored")]
    Full,
    #[error("another program has locked the event store's file: close it; nothing of this write was stored")]
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
    /// To find out whether the files are still there, and whether a full disk has room again.
    Trial,
    Stop,
}

/// Sends requests to the writer.
#[derive(Clone, Debug)]
pub(crate) struct WriterHandle {
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
}

pub(crate) struct Inbox(mpsc::Receiver<Message>);

/// A queued request. Dropping it withdraws the request, unless the writer has begun it.
#[derive(Debug)]
pub(crate) struct Pending(oneshot::Receiver<Result<Written, WriteError>>);

impl WriterHandle {
    pub(crate) fn new() -> (Self, Inbox) {
        let (queue, inbox) = mpsc::channel(QUEUED_REQUESTS);
        (Self { queue, room: Arc::new(Semaphore::new(QUEUED_KIB as usize)) }, Inbox(inbox))
    }

    /// Queues a request. One caller's requests are written in the order of these calls.
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

    /// Makes the writer find out whether the files are still there, and whether a full disk has room again.
    pub(crate) async fn try_storage(&self) {
        // A closed queue means that the writer has ended.
        self.queue.send(Message::Trial).await.ok();
    }

    /// Makes the writer finish the queued requests, then end.
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
