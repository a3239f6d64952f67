//! Batch append: many appends on one call, each atomic, each with a response once it has committed.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tonic::{Status, Streaming};
use uuid::Uuid;

use super::append::{ProposedEvents, success};
use super::refusal::Unfit;
use super::{Streams, batch_error, convert, refusal};
use crate::record::{Expected, StreamName};
use crate::wire::event_store::client as shared;
use crate::wire::event_store::client::streams as proto;
use crate::wire::google::rpc;
use crate::writer::{Operation, Pending};
use proto::batch_append_resp::{self, Result as Outcome};
use proto::write_target::{self, DeadlineOption};

/// Appends of one call that wait for their commit, and responses that wait to be read.
const IN_FLIGHT: usize = 256;
/// Incomplete appends of one call at most.
const UNFINISHED: usize = 64;
/// No append waits longer, whatever deadline it names: some clients send a date as a duration.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

type Answers = mpsc::Sender<Result<proto::BatchAppendResp, Status>>;

/// An append whose last event has not arrived.
struct Unfinished {
    addressed: Addressed,
    stream: StreamName,
    expected: Expected,
    timeout: Duration,
    events: ProposedEvents,
}

impl Streams {
    pub(super) fn append_many(
        &self,
        inbound: Streaming<proto::BatchAppendReq>,
    ) -> mpsc::Receiver<Result<proto::BatchAppendResp, Status>> {
        let (answers, receiver) = mpsc::channel(IN_FLIGHT);
        tokio::spawn(Batch { streams: self.clone(), answers, unfinished: HashMap::new() }.run(inbound));
        receiver
    }
}

struct Batch {
    streams: Streams,
    answers: Answers,
    /// None where it was refused, and its rest is still to come.
    unfinished: HashMap<Uuid, Option<Unfinished>>,
}

impl Batch {
    /// Submits in the order of arrival, so that one caller's appends to a stream stay in order.
    async fn run(mut self, mut inbound: Streaming<proto::BatchAppendReq>) {
        let mut waiting = FuturesUnordered::new();
        let mut open = true;
        while open || !waiting.is_empty() {
            tokio::select! {
                () = self.answers.closed() => return,
                Some(answer) = waiting.next(), if !waiting.is_empty() => {
                    if self.answers.send(Ok(answer)).await.is_err() {
                        return;
                    }
                }
                message = inbound.message(), if open && waiting.len() < IN_FLIGHT => {
                    let submitted = match message {
                        Ok(Some(message)) => self.take(message).await,
                        Ok(None) => { open = false; Ok(None) }
                        Err(status) => Err(refusal::unread(status)),
                    };
                    match submitted {
                        Ok(Some(append)) => waiting.push(append.answer()),
                        Ok(None) => {}
                        Err(status) => {
                            // A caller that is gone needs no response.
                            self.answers.send(Err(status)).await.ok();
                            return;
                        }
                    }
                }
            }
        }
    }

    /// An error ends the call; the refusal of a single append becomes that append's response, and the others go on.
    async fn take(&mut self, message: proto::BatchAppendReq) -> Result<Option<Submitted>, Status> {
        let id = message.correlation_id.as_ref().and_then(convert::id);
        let id = id.ok_or_else(|| refusal::missing("correlation id"))?;
        let (addressed, begun) = match self.unfinished.remove(&id) {
            Some(Some(append)) => (append.addressed.clone(), Ok(append)),
            // It has its response.
            Some(None) => {
                if !message.is_final {
                    self.unfinished.insert(id, None);
                }
                return Ok(None);
            }
            None => {
                let addressed = Addressed::of(message.options.as_ref());
                (addressed.clone(), begin(message.options, addressed).map_err(Unfit::Request))
            }
        };
        let added = begun.and_then(|mut append| {
            message.proposed_messages.into_iter().try_for_each(|event| append.events.add(event))?;
            Ok(append)
        });
        if message.is_final {
            return Ok(Some(match added {
                Ok(append) => self.submit(id, append).await,
                Err(unfit) => Submitted::refused(id, addressed, &unfit),
            }));
        }
        if self.unfinished.len() == UNFINISHED {
            return Err(Status::resource_exhausted("too many appends are unfinished: finish one first"));
        }
        let (append, refused) = match added {
            Ok(append) => (Some(append), None),
            Err(unfit) => (None, Some(Submitted::refused(id, addressed, &unfit))),
        };
        self.unfinished.insert(id, append);
        Ok(refused)
    }

    async fn submit(&self, id: Uuid, append: Unfinished) -> Submitted {
        let Unfinished { addressed, stream, expected, timeout, events } = append;
        let operation = Operation::Append { expected, events: events.proposed };
        let pending = self.streams.writer.submit(stream.clone(), operation).await;
        let pending = pending.map_err(|error| batch_error::of_write(&stream, &error));
        Submitted { id, addressed, pending: pending.map(|pending| Queued { stream, timeout, pending }) }
    }
}

fn begin(options: Option<proto::WriteTarget>, addressed: Addressed) -> Result<Unfinished, Status> {
    let timeout = match options.as_ref().and_then(|options| options.deadline_option.as_ref()) {
        Some(DeadlineOption::Deadline(duration)) => {
            Duration::try_from(*duration).unwrap_or_default().min(WRITE_TIMEOUT)
        }
        Some(DeadlineOption::Deadline21100(_)) | None => WRITE_TIMEOUT,
    };
    let (stream, expected) = convert::target(options)?;
    Ok(Unfinished { addressed, stream, expected, timeout, events: ProposedEvents::default() })
}

/// What a response repeats of its append.
#[derive(Clone)]
struct Addressed {
    stream: Option<shared::StreamIdentifier>,
    expected: Option<batch_append_resp::Expected>,
}

impl Addressed {
    /// As it was sent: it may be the name that is refused.
    fn of(options: Option<&proto::WriteTarget>) -> Self {
        let stream = options.and_then(|options| options.stream_identifier.clone());
        let expected = options.and_then(|options| options.expected).map(|expected| match expected {
            write_target::Expected::Any(_) => batch_append_resp::Expected::Any(shared::Empty {}),
            write_target::Expected::NoStream(_) => batch_append_resp::Expected::NoStream(shared::Empty {}),
            write_target::Expected::StreamExists(_) => {
                batch_append_resp::Expected::StreamExists(shared::Empty {})
            }
            write_target::Expected::Revision(revision) => batch_append_resp::Expected::Revision(revision),
        });
        Self { stream, expected }
    }
}

/// An append that is queued, or was refused before.
struct Submitted {
    id: Uuid,
    addressed: Addressed,
    pending: Result<Queued, rpc::Status>,
}

struct Queued {
    stream: StreamName,
    timeout: Duration,
    pending: Pending,
}

impl Submitted {
    fn refused(id: Uuid, addressed: Addressed, unfit: &Unfit) -> Self {
        Self { id, addressed, pending: Err(batch_error::of_unfit(unfit)) }
    }

    async fn answer(self) -> proto::BatchAppendResp {
        let result = match self.pending {
            Err(status) => Outcome::Error(status),
            Ok(Queued { stream, timeout, pending }) => {
                match tokio::time::timeout(timeout, pending.written()).await {
                    Ok(Ok(written)) => Outcome::Success(success(written)),
                    Ok(Err(error)) => Outcome::Error(batch_error::of_write(&stream, &error)),
                    Err(_) => Outcome::Error(batch_error::timeout()),
                }
            }
        };
        proto::BatchAppendResp {
            correlation_id: Some(convert::wire_id(self.id, convert::IdForm::Structured)),
            result: Some(result),
            stream_identifier: self.addressed.stream,
            expected: self.addressed.expected,
        }
    }
}
