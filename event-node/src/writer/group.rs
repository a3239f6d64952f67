//! The writer thread: gathers waiting requests, commits them in one transaction, then replies to each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::watch;

use super::apply::Log;
use super::checkpoint::Checkpoints;
use super::{Inbox, Message, Work, WriteError, Written};
use crate::database;
use crate::error::FatalError;
use crate::folder::DataFolder;
use crate::live::Live;

/// Requests in one transaction at most. With more, the first would wait too long for the last.
const GROUP: usize = 512;
const REMEMBERED_HEADS: usize = 65_536;

/// Signals from the writer to the rest of the node.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// The position of the last committed event; 0 before the first.
    pub(crate) tail: watch::Sender<u64>,
    /// The newest committed events.
    pub(crate) live: Arc<Live>,
    /// Whether the last commit failed for lack of room on the disk.
    pub(crate) full: watch::Sender<bool>,
    /// Set once, on a fatal failure.
    pub(crate) failure: watch::Sender<Option<FatalError>>,
    /// Set once, when the node must stop serving.
    pub(crate) closing: watch::Sender<bool>,
}

impl Signals {
    /// Those of a node that is starting.
    pub(crate) fn new() -> Self {
        Self {
            tail: watch::Sender::new(0),
            live: Arc::default(),
            full: watch::Sender::new(false),
            failure: watch::Sender::new(None),
            closing: watch::Sender::new(false),
        }
    }

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
    checkpoints: Checkpoints,
    folder: DataFolder,
    /// Whether the disk was tried once.
    has_tried: bool,
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
        Ok(Self { connection, log, signals, checkpoints: Checkpoints::default(), folder, has_tried: false })
    }

    /// Runs until it is stopped, its last caller is gone, or the disk fails.
    pub(crate) fn run(mut self, inbox: Inbox) {
        let mut queue = inbox.0;
        let mut stopping = false;
        while !stopping {
            let Some(first) = queue.blocking_recv() else { break };
            let (mut group, mut trial) = (Vec::new(), false);
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Work(work) => group.push(work),
                    Message::Trial => trial = true,
                    Message::Stop => {
                        stopping = true;
                        queue.close();
                    }
                }
                next = if group.len() < GROUP { queue.try_recv().ok() } else { None };
            }
            let committed = self.commit(group);
            if let Err(stop) = committed.and_then(|()| if trial { self.try_storage() } else { Ok(()) }) {
                return self.fail(stop);
            }
        }
        let drained = self.drain(&mut queue);
        if let Err(stop) = drained.and_then(|()| self.checkpoint(Checkpoints::empty)) {
            self.fail(stop);
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
        if let Some(path) = self.folder.lost_file() {
            answer(group, std::iter::repeat(Err(WriteError::Stopped)));
            return Err(Stop::Missing(path));
        }
        let begun_at = Instant::now();
        let outcomes = match self.transact(&group) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                if let Some(refusal) = self.refusal(&error)
                    && self.roll_back().is_ok()
                {
                    return self.refuse(group, &error, &refusal);
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
        self.has_room();
        // Before anybody hears of it, who might then shorten the file.
        self.folder.note_length();
        answer(group, outcomes.into_iter());
        self.checkpoint(Checkpoints::run_if_due)
    }

    /// Refuses a group of which nothing was stored. On a full disk, whatever room the WAL file takes is given back.
    fn refuse(
        &mut self,
        group: Vec<Work>,
        error: &rusqlite::Error,
        refusal: &WriteError,
    ) -> Result<(), Stop> {
        if *refusal == WriteError::Full {
            self.is_full(error);
        } else {
            tracing::error!(%error, writes = group.len(), "writes were refused");
        }
        answer(group, std::iter::repeat(Err(refusal.clone())));
        self.checkpoint(Checkpoints::empty)
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

    /// A checkpoint that fails for lack of room, or on a locked file, loses nothing: the WAL file keeps the pages, and no
    /// sync has failed.
    fn checkpoint(
        &mut self,
        run: impl FnOnce(&mut Checkpoints, &Connection) -> rusqlite::Result<bool>,
    ) -> Result<(), Stop> {
        match run(&mut self.checkpoints, &self.connection) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.folder.note_length();
                Ok(())
            }
            Err(error) if self.refusal(&error).is_some() => {
                // A full disk was told of.
                if !*self.signals.full.borrow() {
                    tracing::warn!(%error, "the checkpoint of the WAL file failed");
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out whether the files are still there, and whether there is room on the disk.
    fn try_storage(&mut self) -> Result<(), Stop> {
        if let Some(path) = self.folder.lost_file() {
            return Err(Stop::Missing(path));
        }
        if !std::mem::replace(&mut self.has_tried, true) && self.folder.lacks_room() {
            self.is_full(&"found at the start");
        }
        if !*self.signals.full.borrow() || self.folder.try_room().is_err() {
            return Ok(());
        }
        self.checkpoint(Checkpoints::empty)?;
        match database::try_commit(&self.connection) {
            Ok(has_room) => {
                // It may have begun the WAL file anew.
                self.folder.note_length();
                if has_room {
                    self.has_room();
                }
                Ok(())
            }
            Err(error) if self.refusal(&error).is_some() => Ok(self.roll_back()?),
            Err(error) => Err(error.into()),
        }
    }

    /// Told once, until there is room again.
    fn is_full(&self, error: &dyn std::fmt::Display) {
        if self.signals.full.send_if_modified(|full| !std::mem::replace(full, true)) {
            let path = self.folder.data_file();
            tracing::error!(
                %error,
                "the disk of {} is full: no write is stored until there is room, which is tried once a second",
                path.display()
            );
        }
    }

    fn has_room(&self) {
        if self.signals.full.send_if_modified(std::mem::take) {
            tracing::info!("the disk of the event store has room again");
        }
    }

    /// The refusal for a transient error: one that leaves the file unchanged, so that the node can go on.
    fn refusal(&self, error: &rusqlite::Error) -> Option<WriteError> {
        let error = error.sqlite_error()?;
        match (error.code, error.extended_code) {
            (ErrorCode::DiskFull, _) => Some(WriteError::Full),
            (ErrorCode::DatabaseBusy, _) => Some(WriteError::Busy),
            // A quota, or a limit on the size of files. A failed sync is another error.
            (_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE) if self.folder.lacks_room() => {
                Some(WriteError::Full)
            }
            _ => None,
        }
    }

    /// Stops the node. A failed sync is never retried: the system may have dropped the pages it could
    /// not write, and a second sync would then report success for data that is gone.
    fn fail(&self, stop: Stop) {
        // What is closed now moves nothing to the data file: of a WAL file that was cut that would be garbage.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok();
        self.signals.fail(match stop {
            Stop::Disk(error) if database::is_damage(&error) => {
                FatalError::DamagedFile { path: self.folder.data_file(), detail: error.to_string() }
            }
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

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
