use std::fmt::Display;
use std::time::Duration;

use chrono::{DateTime, Utc};
use event_store::{Landmark, RecordedEvent, StreamFilter};
use thiserror::Error;

use crate::ParkedStream;

/// A follower of the log. Every event comes at least once, those of one stream in order.
pub trait Reactor: Send {
    /// Its name in logs, metrics and readiness, unique in the process.
    fn name(&self) -> &'static str;

    /// Which streams it follows.
    fn filter(&self) -> StreamFilter;

    /// Whether its lag is reported, for which the end of the log is looked up every second. False if so few events
    /// pass the filter that this would search the whole log.
    fn reports_lag(&self) -> bool {
        true
    }

    /// Where it begins. Called at the start, and again after every failure.
    fn begin(&mut self) -> impl Future<Output = Result<StartPosition, Retry>> + Send;

    /// Handles events in the order of the log. With them, everything up to `position` is handled, or waits in a
    /// parked stream. `events` may be empty.
    fn handle(
        &mut self,
        events: &[RecordedEvent],
        position: u64,
    ) -> impl Future<Output = Result<(), HandleError>> + Send;

    /// Stores that a stream is parked, in place of its former entry, and that everything up to its event is handled.
    /// For reactors that store their position.
    fn park(&mut self, parked: &ParkedStream) -> impl Future<Output = Result<(), Retry>> + Send {
        let _ = parked;
        async { Ok(()) }
    }

    /// Handles the events of a parked stream up to the position of the other streams. Once this succeeds the stream
    /// is not parked any more, even if there was no event. It must fail if another process is past that position: the
    /// events in between would be left out.
    fn resume(
        &mut self,
        stream: &str,
        events: &[RecordedEvent],
        position: u64,
    ) -> impl Future<Output = Result<(), HandleError>> + Send {
        let _ = (stream, position);
        async move {
            match events.last() {
                Some(last) => self.handle(events, last.position).await,
                None => Ok(()),
            }
        }
    }

    /// Called once everything in the log has been handled, and again after every interruption.
    fn caught_up(&mut self) -> impl Future<Output = Result<(), Retry>> + Send {
        async { Ok(()) }
    }

    /// The last event whose effects it has, if it has any. In a log that does not have it, nothing is handled: it is another
    /// one. Asked for at the beginning, and after every interruption. It has to be of a stream that is never cut.
    fn landmark(&mut self) -> impl Future<Output = Result<Option<Landmark>, Retry>> + Send {
        async { Ok(None) }
    }

    /// What an operator does once the log is not the one that was read, for the log and readiness: nothing is handled before.
    fn cure(&self) -> &'static str {
        "restart this process, which then reads the log anew"
    }

    /// How often [`Self::check`] is called; never if none.
    fn checks_every(&self) -> Option<Duration> {
        None
    }

    /// Compares what it believes of its effects with what is there. Called between two batches, also while nothing
    /// happens. If it fails, the reactor begins again, and is not ready before it has caught up.
    fn check(&mut self) -> impl Future<Output = Result<(), Retry>> + Send {
        async { Ok(()) }
    }

    /// The instant at which it wants to be woken, if any. Called after each of its steps.
    fn wake_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Called when that instant has come and everything in the log has been handled.
    fn woken(&mut self, now: DateTime<Utc>) -> impl Future<Output = Result<(), Retry>> + Send {
        let _ = now;
        async { Ok(()) }
    }
}

/// Where a reactor begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartPosition {
    /// After this position of the log, or with the first event.
    pub after: Option<u64>,
    /// The streams that are parked for it, if it keeps that itself.
    pub parked: Option<Vec<ParkedStream>>,
}

/// A transient failure, to be retried.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Retry(String);

impl Retry {
    /// A transient failure for this reason.
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

/// Why events were not handled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HandleError {
    /// A transient failure. Any number of the events may have been handled.
    #[error(transparent)]
    Retry(#[from] Retry),
    /// One of the events cannot be handled, however often it is tried. Those before it are handled.
    #[error("the event cannot be handled: {reason}")]
    Unhandled {
        /// The index of that event.
        at: usize,
        /// What is wrong with it, without anything of its content.
        reason: String,
    },
}
