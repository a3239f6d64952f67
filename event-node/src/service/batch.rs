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
use proto::write_target::DeadlineOption;

/// Appends of one call that wait for their commit, and responses that wait to be read.
const IN_FLIGHT: usize = 256;
/// Incomplete appends of one call at most.
const UNFINISHED: usize = 64;
/// No append waits longer, whatever deadline it names: some clients send a date as a duration.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

type Answers = mpsc::Sender<Result<proto::BatchAppendResp, Status>>;

/// An append whose last event has not arrived.
struct Unfinished {
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
    unfinished: HashMap<Uuid, Unfinished>,
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

    /// An error ends the call; the error of a single append becomes that append's response.
    async fn take(&mut self, message: proto::BatchAppendReq) -> Result<Option<Submitted>, Status> {
        let id = message.correlation_id.as_ref().and_then(convert::id);
        let id = id.ok_or_else(|| refusal::missing("correlation id"))?;
        let mut append = match (self.unfinished.remove(&id), message.options) {
            (Some(append), _) => append,
            (None, options) => begin(options)?,
        };
        for event in message.proposed_messages {
            if let Err(unfit) = append.events.add(event) {
                return Ok(Some(Submitted::refused(id, append, &unfit)));
            }
        }
        if message.is_final {
            return Ok(Some(self.submit(id, append).await));
        }
        if self.unfinished.len() == UNFINISHED {
            return Err(Status::resource_exhausted("too many appends are unfinished: finish one first"));
        }
        self.unfinished.insert(id, append);
        Ok(None)
    }

    async fn submit(&self, id: Uuid, append: Unfinished) -> Submitted {
        let Unfinished { stream, expected, timeout, events } = append;
        let operation = Operation::Append { expected, events: events.proposed };
        let pending = self.streams.writer.submit(stream.clone(), operation).await;
        let pending = pending.map_err(|error| batch_error::of_write(&stream, &error));
        Submitted { id, stream, expected, timeout, pending }
    }
}

fn begin(options: Option<proto::WriteTarget>) -> Result<Unfinished, Status> {
    let timeout = match options.as_ref().and_then(|options| options.deadline_option.as_ref()) {
        Some(DeadlineOption::Deadline(duration)) => {
            Duration::try_from(*duration).unwrap_or_default().min(WRITE_TIMEOUT)
        }
        Some(DeadlineOption::Deadline21100(_)) | None => WRITE_TIMEOUT,
    };
    let (stream, expected) = convert::target(options)?;
    Ok(Unfinished { stream, expected, timeout, events: ProposedEvents::default() })
}

/// An append that is queued, or was refused before.
struct Submitted {
    id: Uuid,
    stream: StreamName,
    expected: Expected,
    timeout: Duration,
    pending: Result<Pending, rpc::Status>,
}

impl Submitted {
    fn refused(id: Uuid, append: Unfinished, unfit: &Unfit) -> Self {
        let Unfinished { stream, expected, timeout, .. } = append;
        let pending = Err(batch_error::of_events(unfit));
        Self { id, stream, expected, timeout, pending }
    }

    async fn answer(self) -> proto::BatchAppendResp {
        let result = match self.pending {
            Err(status) => Outcome::Error(status),
            Ok(pending) => match tokio::time::timeout(self.timeout, pending.written()).await {
                Ok(Ok(written)) => Outcome::Success(success(written)),
                Ok(Err(error)) => Outcome::Error(batch_error::of_write(&self.stream, &error)),
                Err(_) => Outcome::Error(batch_error::timeout()),
            },
        };
        proto::BatchAppendResp {
            correlation_id: Some(convert::wire_id(self.id, convert::IdForm::Structured)),
            result: Some(result),
            stream_identifier: Some(convert::identifier(&self.stream)),
            expected: Some(wire_expected(self.expected)),
        }
    }
}

fn wire_expected(expected: Expected) -> batch_append_resp::Expected {
    match expected {
        Expected::Any => batch_append_resp::Expected::Any(shared::Empty {}),
        Expected::StreamExists => batch_append_resp::Expected::StreamExists(shared::Empty {}),
        Expected::NoStream => batch_append_resp::Expected::NoStream(shared::Empty {}),
        Expected::Revision(revision) => batch_append_resp::Expected::Revision(revision),
    }
}
