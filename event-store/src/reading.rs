//! A read in progress.

use std::sync::Arc;
use std::time::Duration;

use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent;
use event_store_protocol::event_store::client::streams::read_resp::{Content, ReadEvent};
use event_store_protocol::event_store::client::streams::{ReadReq, ReadResp};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tonic::Streaming;

use crate::cause::Cause;
use crate::connection::{Live, pause_after};
use crate::fault::{Asked, Fault};
use crate::read_error::ReadError;
use crate::store::{Bounds, EventStore};
use crate::verdict::Verdict;

/// A read that can be begun again where it broke off.
pub(crate) struct Reading<'a> {
    store: &'a EventStore,
    asked: Asked<'a>,
    /// The longest silence of one try.
    silence: Duration,
    /// The end of the longest silence altogether.
    deadline: Instant,
    answers: Option<(Arc<Live>, Streaming<ReadResp>)>,
    /// How often it has broken off since the last event.
    breaks: u32,
}

pub(crate) enum Next {
    Event(RecordedEvent),
    /// There is no more, or no such stream.
    End,
    /// The connection broke or fell silent, and there is time to begin again.
    Broken,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(store: &'a EventStore, asked: Asked<'a>, silence: Duration) -> Self {
        let deadline = Instant::now() + store.inner.settings.read_deadline;
        Self { store, asked, silence, deadline, answers: None, breaks: 0 }
    }

    /// Sends the request.
    pub(crate) async fn begin(&mut self, request: ReadReq) -> Result<(), ReadError> {
        self.answers = None;
        // Even a pause of nothing would last until the timer's next millisecond.
        if 1 < self.breaks {
            sleep_until(self.deadline.min(Instant::now() + pause_after(self.breaks - 1))).await;
        }
        let request = &request;
        let send = |live: Arc<Live>| async move {
            live.wire.streams().read(request.clone()).await.map(tonic::Response::into_inner)
        };
        let bounds = Bounds { deadline: self.deadline, each: self.silence };
        let answered = self.store.call(bounds, self.asked, send).await?;
        self.answers = Some((answered.live, answered.result));
        Ok(())
    }

    /// The only event of a read of one.
    pub(crate) async fn one(&mut self, request: ReadReq) -> Result<Option<RecordedEvent>, ReadError> {
        loop {
            self.begin(request.clone()).await?;
            match self.next().await? {
                Next::Event(event) => {
                    self.read_to_end().await;
                    return Ok(Some(event));
                }
                Next::End => return Ok(None),
                Next::Broken => {}
            }
        }
    }

    /// The next event, or why there is none.
    pub(crate) async fn next(&mut self) -> Result<Next, ReadError> {
        let Some((live, answers)) = &mut self.answers else { return Ok(Next::Broken) };
        let live = Arc::clone(live);
        let calls = &self.store.inner.calls;
        loop {
            let asked_at = Instant::now();
            let answer = timeout_at(self.deadline.min(asked_at + self.silence), answers.message()).await;
            let (is_refused, fault) = match answer {
                Ok(Ok(answer)) => {
                    live.answered();
                    self.deadline = Instant::now() + self.store.inner.settings.read_deadline;
                    match answer.map(|answer| answer.content) {
                        None => return Ok(Next::End),
                        Some(Some(Content::Event(ReadEvent { event, link, .. }))) => match link.or(event) {
                            Some(event) => {
                                self.breaks = 0;
                                return Ok(Next::Event(event));
                            }
                            None => continue,
                        },
                        Some(Some(Content::StreamNotFound(_))) => {
                            self.read_to_end().await;
                            return Ok(Next::End);
                        }
                        // Where the stream or the log ends, which is not asked for.
                        Some(_) => continue,
                    }
                }
                Ok(Err(status)) => {
                    let (verdict, fault) = calls.failed(&live, &status, self.asked);
                    (verdict == Verdict::Refused || fault.cause() == Cause::UnknownPosition, fault)
                }
                Err(_) => {
                    calls.unheard(&live, asked_at);
                    (false, Fault::silent(&live.node, self.silence))
                }
            };
            self.answers = None;
            self.breaks += 1;
            if !is_refused || fault.cause().needs_operator() {
                self.store.set_trouble(Some(fault.clone()));
            }
            return if is_refused {
                Err(ReadError::Rejected(fault))
            } else if self.deadline <= Instant::now() {
                Err(ReadError::Unavailable(fault))
            } else {
                tracing::debug!(error = %fault, "a read broke off");
                Ok(Next::Broken)
            };
        }
    }

    /// Takes what is left of the answer, which may be its end alone.
    ///
    /// A read that is dropped before its end resets its stream. Of more than ten such streams at once HTTP/2's client
    /// forgets some, takes what still arrives for them as errors, and gives up the connection after a thousand.
    pub(crate) async fn read_to_end(&mut self) {
        let Some((_, mut answers)) = self.answers.take() else { return };
        let rest = async { while matches!(answers.message().await, Ok(Some(_))) {} };
        // What was wanted is here: whether the rest comes makes no difference.
        timeout(self.silence, rest).await.ok();
    }

    pub(crate) fn garbled(&self, what: &str) -> Fault {
        let node = self.answers.as_ref().map(|(live, _)| &live.node);
        match node {
            Some(node) => Fault::garbled(node, what),
            None => Fault::new(Cause::NotUnderstood, format!("the event store has sent {what}")),
        }
    }
}
