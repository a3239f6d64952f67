use std::fmt::Display;

use chrono::{DateTime, Utc};
use event_store::{RecordedEvent, StreamFilter};
use thiserror::Error;

use crate::ParkedStream;

/// Something that follows the log. Every event comes at least once, those of one stream in order.
pub trait Reactor: Send {
    /// What it is called in logs, metrics and readiness; no other in the process has this name.
    fn name(&self) -> &'static str;

    /// Which streams it follows.
    fn filter(&self) -> StreamFilter;

    /// Whether its lag is told, for which the end of the log is looked up every second. It should not be where a filter
    /// lets so little through that the end would be looked for in the whole log.
    fn tells_lag(&self) -> bool {
        true
    }

    /// Where it begins. Asked at the start, and again after every failure.
    fn begin(&mut self) -> impl Future<Output = Result<Beginning, Retry>> + Send;

    /// Handles events in the order of the log. With them, everything up to `position` is handled, or waits in a parked
    /// stream; there may be none.
    fn handle(
        &mut self,
        events: &[RecordedEvent],
        position: u64,
    ) -> impl Future<Output = Result<(), HandleError>> + Send;

    /// Keeps that a stream is parked, in place of what was kept of the stream before, with everything up to its event as
    /// handled. For those who keep how far they are.
    fn park(&mut self, parked: &ParkedStream) -> impl Future<Output = Result<(), Retry>> + Send {
        let _ = parked;
        async { Ok(()) }
    }

    /// Handles all that a stream has had since it was parked, up to the position where the other streams are. The stream is
    /// not parked any more once this succeeds, even with no event. Where another process has gone on further meanwhile,
    /// this must fail: it would leave out what lies between.
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

    /// Everything that there was has been handled. Said again after every interruption.
    fn caught_up(&mut self) -> impl Future<Output = Result<(), Retry>> + Send {
        async { Ok(()) }
    }

    /// The instant at which it wants to be woken, if it does. Asked after everything that it has done.
    fn wake_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// The instant has come, and everything that there was has been handled.
    fn woken(&mut self, now: DateTime<Utc>) -> impl Future<Output = Result<(), Retry>> + Send {
        let _ = now;
        async { Ok(()) }
    }
}

/// Where a reactor begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    /// After this position of the log, or with the first event.
    pub after: Option<u64>,
    /// The streams that are parked for it, if it keeps that itself.
    pub parked: Option<Vec<ParkedStream>>,
}

/// Something did not work that may work later.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Retry(String);

impl Retry {
    /// Tried again, because of this.
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

/// Why events were not handled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HandleError {
    /// They may be later. Nothing says how many of them are.
    #[error(transparent)]
    Retry(#[from] Retry),
    /// One of them never will be. Those before it are handled.
    #[error("the event cannot be handled: {reason}")]
    Unhandled {
        /// Which of them, from 0.
        at: usize,
        /// What is wrong with it, without anything of its content.
        reason: String,
    },
}
