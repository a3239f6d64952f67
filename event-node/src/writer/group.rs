//! The writer thread: gathers waiting requests, commits them in one transaction, then replies to each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::watch;

use super::apply::Log;
use super::{Inbox, Message, Work, WriteError, Written};
use crate::error::FatalError;
use crate::folder::DataFolder;
use crate::live::Live;

/// Requests in one transaction at most. With more, the first would wait too long for the last.
const GROUP: usize = 512;
const REMEMBERED_HEADS: usize = 65_536;
/// Bytes written to the WAL file before a checkpoint moves them to the data file.
const CHECKPOINT_BYTES: u64 = 8 * 1_024 * 1_024;
/// Index and header pages that a group rewrites besides its records.
const GROUP_OVERHEAD_BYTES: u64 = 4 * 4_096;
/// Pages left in the WAL file (64 MiB) above which the writer waits for readers, to restart the file.
const LONG_LOG_PAGES: i64 = 16_384;

/// Signals from the writer to the rest of the node.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// The position of the last committed event; 0 before the first.
    pub(crate) tail: watch::Sender<u64>,
    /// The newest committed events.
    pub(crate) live: Arc<Live>,
    /// Set once, on a fatal failure.
    pub(crate) failure: watch::Sender<Option<FatalError>>,
    /// Set once, when the node must stop serving.
    pub(crate) closing: watch::Sender<bool>,
}

impl Signals {
    /// Stops the node.
    pub(crate) fn fail(&self, failure: FatalError) {
        let source = std::error::Error::source(&failure);
        tracing::error!(error = %failure, source, "the event store stops");
        self.failure.send_replace(Some(failure));
        self.closing.send_replace(true);
    }
}

pub(crate) struct Writer {
    connection: Connection,
    log: Log,
    signals: Signals,
    groups_since_checkpoint: u64,
    checkpointed_position: u64,
    folder: DataFolder,
}

/// Why the writer stops.
#[derive(Debug)]
enum Stop {
    Disk(rusqlite::Error),
    /// This file is no longer where it was opened.
    Missing(PathBuf),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Disk(error)
    }
}

impl Writer {
    /// Keeps the folder locked until the writer has ended and its file is closed.
    pub(crate) fn new(
        connection: Connection,
        mut folder: DataFolder,
        signals: Signals,
    ) -> rusqlite::Result<Self> {
        let log = Log::load(&connection, REMEMBERED_HEADS)?;
        // The first transaction makes the WAL file.
        connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
        folder.remember_files().map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let last = log.last_position().unwrap_or(0);
        signals.live.begin_after(log.last_position());
        signals.tail.send_replace(last);
        crate::metrics::opened(last);
        Ok(Self { connection, log, signals, groups_since_checkpoint: 0, checkpointed_position: last, folder })
    }

    /// Runs until it is stopped, its last caller is gone, or the disk fails.
    pub(crate) fn run(mut self, inbox: Inbox) {
        let mut queue = inbox.0;
        let mut stopping = false;
        while !stopping {
            let Some(first) = queue.blocking_recv() else { break };
            let mut group = Vec::new();
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Work(work) => group.push(work),
                    Message::Stop => {
                        stopping = true;
                        queue.close();
                    }
                }
                next = if group.len() < GROUP { queue.try_recv().ok() } else { None };
            }
            if let Err(error) = self.commit(group) {
                return self.fail(error);
            }
        }
        let drained = self.drain(&mut queue);
        if let Err(error) = drained.and_then(|()| Ok(self.checkpoint("TRUNCATE")?)) {
            self.fail(error);
        }
    }

    fn drain(&mut self, queue: &mut tokio::sync::mpsc::Receiver<Message>) -> Result<(), Stop> {
        while let Ok(message) = queue.try_recv() {
            if let Message::Work(work) = message {
                self.commit(vec![work])?;
            }
        }
        Ok(())
    }

    /// Commits a group and replies to its requests. After an error no write may follow.
    fn commit(&mut self, mut group: Vec<Work>) -> Result<(), Stop> {
        group.retain(|work| !work.reply.is_closed());
        if group.is_empty() {
            return Ok(());
        }
        let begun_at = Instant::now();
        let outcomes = match self.transact(&group) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                if let Some(refusal) = passing(&error)
                    && self.roll_back().is_ok()
                {
                    tracing::error!(%error, writes = group.len(), "writes were refused");
                    answer(group, std::iter::repeat(Err(refusal)));
                    return Ok(());
                }
                answer(group, std::iter::repeat(Err(WriteError::Stopped)));
                return Err(error.into());
            }
        };
        // Before anybody is promised anything: what lies in a file without a path ends with this process.
        if let Some(path) = self.folder.missing_file() {
            let path = path.to_owned();
            answer(group, std::iter::repeat(Err(WriteError::Stopped)));
            return Err(Stop::Missing(path));
        }
        self.signals.live.extend(self.log.take_written());
        let last = self.log.last_position().unwrap_or(0);
        crate::metrics::committed(group.len(), begun_at.elapsed(), last);
        self.signals.tail.send_if_modified(|tail| std::mem::replace(tail, last) != last);
        answer(group, outcomes.into_iter());
        Ok(self.checkpoint_if_due()?)
    }

    fn transact(&mut self, group: &[Work]) -> rusqlite::Result<Vec<Result<Written, WriteError>>> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut outcomes = Vec::with_capacity(group.len());
        for work in group {
            outcomes.push(self.log.apply(&self.connection, &work.stream, &work.operation)?);
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(outcomes)
    }

    /// `SQLite` may have rolled back already.
    fn roll_back(&mut self) -> rusqlite::Result<()> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.log.reload(&self.connection)
    }

    /// Runs a checkpoint once enough was written. The size of the WAL file is known only from a checkpoint, so it
    /// is estimated: the records, and a few pages per group.
    fn checkpoint_if_due(&mut self) -> rusqlite::Result<()> {
        self.groups_since_checkpoint += 1;
        let records = self.log.last_position().unwrap_or(0).saturating_sub(self.checkpointed_position);
        if records + self.groups_since_checkpoint * GROUP_OVERHEAD_BYTES < CHECKPOINT_BYTES {
            return Ok(());
        }
        if self.checkpoint("PASSIVE")? > LONG_LOG_PAGES {
            self.checkpoint("RESTART")?;
        }
        Ok(())
    }

    /// Returns the number of pages that stay in the WAL file because a reader still needs them.
    fn checkpoint(&mut self, mode: &str) -> rusqlite::Result<i64> {
        self.groups_since_checkpoint = 0;
        self.checkpointed_position = self.log.last_position().unwrap_or(0);
        let left = self.connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?)
        });
        left.or_else(|error| {
            // On a full disk or a locked file nothing is lost: the WAL file keeps the pages, and no sync has
            // failed.
            let waits = passing(&error).is_some();
            tracing::warn!(%error, "the checkpoint of the WAL file failed");
            if waits { Ok(0) } else { Err(error) }
        })
    }

    /// Stops the node. A failed sync is never retried: the system may have dropped the pages it could
    /// not write, and a second sync would then report success for data that is gone.
    fn fail(&self, stop: Stop) {
        self.signals.fail(match stop {
            Stop::Disk(error) => FatalError::Disk { source: Arc::new(error) },
            Stop::Missing(path) => FatalError::FileMissing { path },
        });
    }
}

impl Drop for Writer {
    /// Without this a node whose writer panicked would still serve reads, and look healthy.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.signals.fail(FatalError::Defect);
        }
    }
}

/// Replies to each request. A caller that is gone needs no reply.
fn answer(group: Vec<Work>, outcomes: impl Iterator<Item = Result<Written, WriteError>>) {
    for (work, outcome) in group.into_iter().zip(outcomes) {
        work.reply.send(outcome).ok();
    }
}

/// The refusal for a transient error: one that leaves the file unchanged, so that the node can go on.
fn passing(error: &rusqlite::Error) -> Option<WriteError> {
    match error.sqlite_error_code()? {
        ErrorCode::DiskFull => Some(WriteError::Full),
        ErrorCode::DatabaseBusy => Some(WriteError::Busy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::super::Operation;
    use super::*;
    use crate::database;
    use crate::record::{Expected, Proposed, StreamName};

    const LIMIT: u64 = 256 * 1_024;

    fn writer(folder: &tempfile::TempDir) -> Writer {
        let folder = DataFolder::open(folder.path()).unwrap();
        let connection = database::open_writer(&folder.data_file(), Some(LIMIT)).unwrap();
        let signals = Signals {
            tail: watch::Sender::new(0),
            live: Arc::default(),
            failure: watch::Sender::new(None),
            closing: watch::Sender::new(false),
        };
        Writer::new(connection, folder, signals).unwrap()
    }

    fn append(id: u128, bytes: usize) -> (Work, oneshot::Receiver<Result<Written, WriteError>>) {
        let event = Proposed {
            id: uuid::Uuid::from_u128(id),
            event_type: "test".to_owned(),
            content_type: "application/octet-stream".to_owned(),
            data: vec![7; bytes].into(),
            metadata: bytes::Bytes::new(),
        };
        let (reply, answer) = oneshot::channel();
        let operation = Operation::Append { expected: Expected::Any, events: vec![event] };
        let stream = StreamName::parse(b"s").unwrap();
        (Work { stream, operation, reply, _room: None }, answer)
    }

    #[test]
    fn a_group_that_does_not_fit_is_acknowledged_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        let (small, mut small_answer) = append(1, 10);
        let (large, mut large_answer) = append(2, usize::try_from(LIMIT).unwrap());
        writer.commit(vec![small, large]).unwrap();
        assert_eq!(small_answer.try_recv(), Ok(Err(WriteError::Full)));
        assert_eq!(large_answer.try_recv(), Ok(Err(WriteError::Full)));

        let (again, mut again_answer) = append(1, 10);
        writer.commit(vec![again]).unwrap();
        let written = again_answer.try_recv().unwrap().unwrap();
        assert_eq!(written.revision, Some(0), "nothing of the refused group may remain");
        let stored: i64 =
            writer.connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
        assert_eq!(stored, 1, "a refused append that is sent again is no retry: it must be stored");
    }

    #[tokio::test]
    async fn what_is_queued_before_the_stop_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let (handle, inbox) = super::super::WriterHandle::new();
        let mut pending = Vec::new();
        for id in 0..20 {
            let (work, _) = append(id, 10);
            pending.push(handle.submit(work.stream, work.operation).await.unwrap());
        }
        handle.stop().await;
        std::thread::spawn(move || writer.run(inbox)).join().unwrap();
        for (pending, revision) in pending.into_iter().zip(0..) {
            assert_eq!(pending.written().await.unwrap().revision, Some(revision));
        }
        let (late, _) = append(99, 10);
        assert_eq!(handle.write(late.stream, late.operation).await, Err(WriteError::Stopped));
    }

    #[test]
    fn a_withdrawn_request_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        let (work, answer) = append(1, 10);
        drop(answer);
        writer.commit(vec![work]).unwrap();
        assert_eq!(writer.log.last_position(), None);
    }

    #[test]
    fn an_event_is_visible_to_others_before_its_writer_hears_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        let tail = writer.signals.tail.subscribe();
        let (work, mut answer) = append(1, 10);
        writer.commit(vec![work]).unwrap();
        let written = answer.try_recv().unwrap().unwrap();
        assert_eq!(Some(*tail.borrow()), written.position);
    }
}
