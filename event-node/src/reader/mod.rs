//! Reads committed events in pages, on separate connections: a slow reader never blocks the writer, and never
//! holds more than a page in memory.

mod all;
mod link;
mod row;
mod stream;
mod verify;
mod visible;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

pub(crate) use all::AllCursor;
pub(crate) use link::{Entry, Target};
pub(crate) use stream::{StreamCursor, StreamPage};
pub(crate) use verify::{Extent, verify};

use crate::database;
use crate::error::FatalError;
use crate::live::Live;
use crate::writer::Signals;

/// Queries that run at once. Each takes a thread and a file handle while it reads a page.
const CONNECTIONS: usize = 8;
/// Events in a page at most.
const PAGE_EVENTS: usize = 256;
/// Payload in a page at most, not counting its first event.
const PAGE_BYTES: usize = 1_024 * 1_024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("the stream was deleted permanently")]
    StreamDeleted,
    #[error(
        "no event begins at position {position}: it is of another event store, or this one was replaced; begin at a position that \
         this event store has said"
    )]
    NoSuchPosition { position: u64 },
    #[error("the event store cannot read its file: check the disk")]
    Storage(#[from] rusqlite::Error),
    #[error("the event at position {position} is not as it was written")]
    Damaged { position: u64 },
    #[error("the event store is closing")]
    Closing,
}

/// A few connections, shared by all readers.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    live: Arc<Live>,
    signals: Signals,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, signals: Signals) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        Arc::new(Self { path, live: Arc::clone(&signals.live), signals, idle: Mutex::default(), permits })
    }

    /// Refuses further queries and closes the connections that are idle.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    async fn query<T: Send + 'static>(
        self: &Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| ReadError::Closing)?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let idle = readers.idle().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => database::open_reader(&readers.path)?,
            };
            let result = query(&connection);
            readers.stop_on_damage(&result);
            if !readers.permits.is_closed() {
                readers.idle().push(connection);
            }
            drop(permit);
            result
        })
        .await
        .unwrap_or(Err(ReadError::Closing))
    }

    /// Whoever cannot trust the file must not go on with it.
    fn stop_on_damage<T>(&self, result: &Result<T, ReadError>) {
        match result {
            Err(ReadError::Damaged { position }) => {
                self.signals.fail(FatalError::Damaged { position: *position });
            }
            Err(ReadError::Storage(error)) if database::is_damage(error) => {
                self.signals
                    .fail(FatalError::DamagedFile { path: self.path.clone(), detail: error.to_string() });
            }
            _ => {}
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the events and bytes of a page.
#[derive(Debug)]
struct PageSize {
    most_events: usize,
    events: usize,
    bytes: usize,
}

impl PageSize {
    /// A page for a reader that wants no more than `events`.
    fn of(events: u64) -> Self {
        let most_events = usize::try_from(events).unwrap_or(PAGE_EVENTS).min(PAGE_EVENTS);
        Self { most_events, events: 0, bytes: 0 }
    }

    fn add(&mut self, bytes: usize) {
        self.events += 1;
        self.bytes += bytes;
    }

    fn is_full(&self) -> bool {
        self.events >= self.most_events || self.bytes >= PAGE_BYTES
    }
}
